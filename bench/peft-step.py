"""One LoRA training step in PyTorch, of the same shape and options as peft-step.bench.ts; answers each line on stdin with a line."""
import json, os, resource, sys, time
import torch, torch.nn as nn, torch.nn.functional as F

shape = json.loads(sys.argv[1]); T, r, scale = 512, 16, 2.0
torch.manual_seed(0); torch.set_num_threads(int(sys.argv[2]))
C, M, H, K, D = shape["hidden"], shape["intermediate"], shape["heads"], shape["kvHeads"], shape["headDim"]

class Lora(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.w = nn.Parameter(torch.randn(o, i) / 24, requires_grad=False)
        self.a = nn.Parameter(torch.randn(r, i) / i**0.5); self.b = nn.Parameter(torch.zeros(o, r))
    def forward(self, x): return F.linear(x, self.w) + F.linear(F.linear(x, self.a), self.b) * scale

def norm(x): return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5)
def turn(x, cos, sin):
    a, b = x.chunk(2, -1); return x * cos + torch.cat((-b, a), -1) * sin

class Layer(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.o = Lora(C, H * D), Lora(C, K * D), Lora(C, K * D), Lora(H * D, C)
        self.gate, self.up, self.down = Lora(C, M), Lora(C, M), Lora(M, C)
    def forward(self, x, cos, sin, mask):
        n = norm(x); split = lambda y, h: y.view(1, T, h, D).transpose(1, 2)
        q, k, v = turn(split(self.q(n), H), cos, sin), turn(split(self.k(n), K), cos, sin), split(self.v(n), K)
        k, v = k.repeat_interleave(H // K, 1), v.repeat_interleave(H // K, 1)
        p = torch.softmax(q @ k.transpose(-1, -2) / D**0.5 + mask, -1)
        x = x + self.o((p @ v).transpose(1, 2).reshape(1, T, H * D))
        n = norm(x); return x + self.down(F.silu(self.gate(n)) * self.up(n))

table = torch.randn(shape["vocabulary"], C) / 24
layers = nn.ModuleList(Layer() for _ in range(shape["layers"]))
params = [p for p in layers.parameters() if p.requires_grad]
adam = torch.optim.AdamW(params, lr=1e-4, weight_decay=0)
angles = torch.outer(torch.arange(T).float(), 10000 ** (-torch.arange(0, D, 2).float() / D)).repeat(1, 2)
cos, sin, mask = angles.cos(), angles.sin(), torch.full((T, T), -1e30).triu(1)
ids = torch.arange(T) * 7919 % shape["vocabulary"]

def step():
    x = table[ids][None]
    for layer in layers: x = layer(x, cos, sin, mask)
    loss = F.cross_entropy(norm(x)[0, :-1] @ table.T, ids[1:])
    loss.backward(); torch.nn.utils.clip_grad_norm_(params, 1.0); adam.step(); adam.zero_grad(); return loss.item()

blas = sorted({l.split()[-1] for l in open("/proc/self/maps") if "blas" in l.lower() and "/" in l})
print(json.dumps({"torch": torch.__version__, "blas": [os.path.realpath(b) for b in blas]}), flush=True)
for _ in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time(); step()
    print(json.dumps({"ms": 1e3 * (time.perf_counter() - wall), "cpuMs": 1e3 * (time.process_time() - cpu),
        "peakBytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}), flush=True)
