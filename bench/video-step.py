"""One training step of the video transformer in PyTorch, of the same shape and options as video-step.bench.ts; answers each line on stdin with a line."""
import json, resource, sys, time
import torch, torch.nn as nn, torch.nn.functional as F

s = json.loads(sys.argv[1]); torch.manual_seed(0); torch.set_num_threads(int(sys.argv[2]))
D, H, B, T, V, E, L = s["hidden"], s["heads"], s["batch"], s["tokens"], s["values"], s["textDim"], s["words"]
norm = lambda x: F.layer_norm(x, (D,), eps=1e-6)
rms = lambda x, w: x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-6) * w
heads = lambda x: x.view(x.shape[0], x.shape[1], H, D // H).transpose(1, 2)
join = lambda x: x.transpose(1, 2).reshape(x.shape[0], x.shape[2], D)

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.modulation, self.qkv, self.proj = nn.Linear(D, 6 * D), nn.Linear(D, 3 * D), nn.Linear(D, D)
        self.cross_q, self.cross_kv, self.cross_proj = nn.Linear(D, D), nn.Linear(D, 2 * D), nn.Linear(D, D)
        self.fc1, self.fc2 = nn.Linear(D, 4 * D), nn.Linear(4 * D, D)
        self.qn, self.kn = nn.Parameter(torch.ones(D // H)), nn.Parameter(torch.ones(D // H))
    def forward(self, x, c, words):
        s1, g1, a1, s2, g2, a2 = self.modulation(F.silu(c)).chunk(6, -1)
        q, k, v = map(heads, self.qkv(norm(x) * (1 + g1) + s1).chunk(3, -1))
        x = x + a1 * self.proj(join(F.scaled_dot_product_attention(rms(q, self.qn), rms(k, self.kn), v)))
        k, v = map(heads, self.cross_kv(words).chunk(2, -1))
        x = x + self.cross_proj(join(F.scaled_dot_product_attention(heads(self.cross_q(norm(x))), k, v)))
        return x + a2 * self.fc2(F.gelu(self.fc1(norm(x) * (1 + g2) + s2), approximate="tanh"))

class Dit(nn.Module):
    def __init__(self):
        super().__init__()
        self.embed, self.final, self.last = nn.Linear(V, D), nn.Linear(D, V), nn.Linear(D, 2 * D)
        self.t1, self.t2, self.w1, self.w2, self.pool = nn.Linear(256, D), nn.Linear(D, D), nn.Linear(E, D), nn.Linear(D, D), nn.Linear(D, D)
        self.blocks = nn.ModuleList(Block() for _ in range(s["depth"])); self.places = torch.randn(T, D)
    def forward(self, x, t, text):
        angles = 1000 * t[:, None] * torch.exp(-torch.arange(128) * 9.21034 / 128)
        words = self.w2(F.gelu(self.w1(text), approximate="tanh"))
        c = (self.t2(F.silu(self.t1(torch.cat((angles.cos(), angles.sin()), -1)))) + self.pool(words.mean(1)))[:, None]
        x = self.embed(x) + self.places
        for block in self.blocks: x = block(x, c, words)
        shift, scale = self.last(F.silu(c)).chunk(2, -1); return self.final(norm(x) * (1 + scale) + shift)

model = Dit(); params = list(model.parameters()); mean = [p.detach().clone() for p in params]
adam = torch.optim.AdamW(params, lr=1.5e-3, betas=(0.9, 0.99), weight_decay=0.01)
x, eps, text = torch.randn(B, T, V), torch.randn(B, T, V), torch.randn(B, L, E)

def step():
    t = torch.rand(B); time = t[:, None, None]; xt = (1 - time) * x + time * eps
    v = (xt - model(xt, t, text)) / time.clamp(min=0.1)
    loss = F.mse_loss(v, eps - x); loss.backward()
    nn.utils.clip_grad_norm_(params, 1.0); adam.step(); adam.zero_grad()
    with torch.no_grad(): torch._foreach_lerp_(mean, params, 0.001)
    return loss.item()

print(json.dumps({"torch": torch.__version__, "parameters": sum(p.numel() for p in params)}), flush=True)
for _ in sys.stdin:
    wall, cpu = time.perf_counter(), time.process_time(); step()
    print(json.dumps({"ms": 1e3 * (time.perf_counter() - wall), "cpuMs": 1e3 * (time.process_time() - cpu),
        "peakBytes": 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}), flush=True)
