"""Records 100 losses of a LoRA fine-tune, computed by PyTorch without any of Loam's code.

Reads the tiny Qwen 2 model of packages/models/golden and curve/rows.jsonl; writes curve/curve.json and
curve/initial.safetensors. Tokens are the bytes of the text, as in that model's test tokenizer. Run:

    python3 make_curve.py        (needs torch and numpy)
"""
import json
import math
import struct
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

here = Path(__file__).resolve().parent
model_folder = here.parents[1] / "models/golden/models/qwen2"
out = here / "curve"
SEED = 20240
EOS = 257  # <|im_end|> of the test tokenizer
STEPS, BATCH, ACCUMULATION, MAX_TOKENS = 100, 3, 2, 400
LR, WARMUP, WEIGHT_DECAY, CLIP, R, ALPHA = 4e-3, 10, 0.1, 1.0, 8, 16
TARGETS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
NUMPY = {"F32": np.float32}


def read_safetensors(path):
    raw = path.read_bytes()
    (n,) = struct.unpack("<Q", raw[:8])
    header = json.loads(raw[8 : 8 + n])
    header.pop("__metadata__", None)
    return {
        name: torch.from_numpy(
            np.frombuffer(raw, NUMPY[t["dtype"]], count=math.prod(t["shape"]), offset=8 + n + t["data_offsets"][0])
            .reshape(t["shape"])
            .copy()
        )
        for name, t in header.items()
    }


def write_safetensors(path, tensors):
    header, blobs, at = {}, [], 0
    for name in sorted(tensors):
        data = tensors[name].numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensors[name].shape), "data_offsets": [at, at + len(data)]}
        blobs.append(data)
        at += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def alpaca_prompt(row):
    """The prompts published with Stanford Alpaca."""
    if row["input"]:
        return (
            "Below is an instruction that describes a task, paired with an input that provides further context. "
            "Write a response that appropriately completes the request.\n\n"
            f"### Instruction:\n{row['instruction']}\n\n### Input:\n{row['input']}\n\n### Response:"
        )
    return (
        "Below is an instruction that describes a task. Write a response that appropriately completes the request.\n\n"
        f"### Instruction:\n{row['instruction']}\n\n### Response:"
    )


def encode(row):
    prompt, answer = list(alpaca_prompt(row).encode()), list(row["output"].encode()) + [EOS]
    ids = (prompt + answer)[:MAX_TOKENS]
    labels = ([-100] * len(prompt) + answer)[:MAX_TOKENS]
    return ids, labels


def rms_norm(x, weight, eps):
    return weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + eps))


def rotate_half(x):
    a, b = x.chunk(2, -1)
    return torch.cat((-b, a), -1)


class Model:
    """Qwen2ForCausalLM with LoRA on its linear layers: h = Wx + b + (alpha / r) B A x."""

    def __init__(self, config, weights, lora, dtype):
        self.c = config
        self.w = {k: v.to(dtype) for k, v in weights.items()}
        self.lora = lora
        self.dtype = dtype

    def linear(self, path, x):
        y = F.linear(x, self.w[f"{path}.weight"], self.w.get(f"{path}.bias"))
        a, b = (self.lora[f"base_model.model.{path}.lora_{part}.weight"] for part in "AB")
        return y + F.linear(F.linear(x, a), b) * (ALPHA / R)

    def logits(self, ids, mask):
        c, T = self.c, ids.shape[1]
        heads, kv = c["num_attention_heads"], c["num_key_value_heads"]
        d = c["hidden_size"] // heads
        x = self.w["model.embed_tokens.weight"][ids]
        inverse = 1.0 / c["rope_theta"] ** (torch.arange(0, d, 2, dtype=torch.float64) / d)
        angles = torch.arange(T, dtype=torch.float64)[:, None] * inverse[None]
        angles = torch.cat((angles, angles), -1)
        cos, sin = angles.cos().to(self.dtype), angles.sin().to(self.dtype)
        allowed = torch.ones(T, T, dtype=torch.bool).tril()[None, None] & mask[:, None, None, :]
        for layer in range(c["num_hidden_layers"]):
            at = f"model.layers.{layer}"
            h = rms_norm(x, self.w[f"{at}.input_layernorm.weight"], c["rms_norm_eps"])
            q, k, v = (
                self.linear(f"{at}.self_attn.{name}_proj", h).unflatten(-1, (n, d)).transpose(1, 2)
                for name, n in (("q", heads), ("k", kv), ("v", kv))
            )
            q, k = q * cos + rotate_half(q) * sin, k * cos + rotate_half(k) * sin
            k, v = (t.repeat_interleave(heads // kv, 1) for t in (k, v))
            scores = (q @ k.transpose(-1, -2)) / math.sqrt(d)
            scores = scores.masked_fill(~allowed, torch.finfo(self.dtype).min)
            attended = (scores.softmax(-1) @ v).transpose(1, 2).flatten(2)
            x = x + self.linear(f"{at}.self_attn.o_proj", attended)
            h = rms_norm(x, self.w[f"{at}.post_attention_layernorm.weight"], c["rms_norm_eps"])
            gated = F.silu(self.linear(f"{at}.mlp.gate_proj", h)) * self.linear(f"{at}.mlp.up_proj", h)
            x = x + self.linear(f"{at}.mlp.down_proj", gated)
        x = rms_norm(x, self.w["model.norm.weight"], c["rms_norm_eps"])
        return x @ self.w["model.embed_tokens.weight"].T


def train(config, weights, initial, examples, order, dtype):
    params = {k: v.to(dtype).clone().requires_grad_() for k, v in initial.items()}
    model = Model(config, weights, params, dtype)
    optimizer = torch.optim.AdamW(params.values(), lr=LR, weight_decay=WEIGHT_DECAY)

    def rate(step):  # transformers.get_cosine_schedule_with_warmup
        if step < WARMUP:
            return step / max(1, WARMUP)
        return max(0.0, 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / max(1, STEPS - WARMUP))))

    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, rate)
    losses, norms = [], []
    for rows in order:
        supervised = sum(sum(label != -100 for label in examples[r][1][1:]) for r in rows)
        loss_of_step = 0.0
        for m in range(ACCUMULATION):
            micro = [examples[r] for r in rows[m * BATCH : (m + 1) * BATCH]]
            T = max(len(ids) for ids, _ in micro)
            ids = torch.tensor([ids + [0] * (T - len(ids)) for ids, _ in micro])
            labels = torch.tensor([labels + [-100] * (T - len(labels)) for _, labels in micro])
            mask = torch.tensor([[True] * len(ids) + [False] * (T - len(ids)) for ids, _ in micro])
            logits = model.logits(ids, mask)[:, :-1].flatten(0, 1)
            loss = F.cross_entropy(logits, labels[:, 1:].flatten(), ignore_index=-100, reduction="sum") / supervised
            loss.backward()
            loss_of_step += loss.item()
        norms.append(torch.nn.utils.clip_grad_norm_(params.values(), CLIP).item())
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss_of_step)
    return losses, norms


torch.set_num_threads(1)
config = json.loads((model_folder / "config.json").read_text())
weights = read_safetensors(model_folder / "model.safetensors")
rows = [json.loads(line) for line in (out / "rows.jsonl").read_text().splitlines()]
examples = [encode(row) for row in rows]
generator = torch.Generator().manual_seed(SEED)
initial = {}
for name, weight in weights.items():
    path = name[: -len(".weight")]
    if path.split(".")[-1] not in TARGETS or not name.endswith(".weight"):
        continue
    outs, ins = weight.shape
    bound = 1 / math.sqrt(ins)
    initial[f"base_model.model.{path}.lora_A.weight"] = (torch.rand(R, ins, generator=generator) * 2 - 1) * bound
    initial[f"base_model.model.{path}.lora_B.weight"] = torch.zeros(outs, R)
need = STEPS * BATCH * ACCUMULATION
flat = []
while len(flat) < need:
    flat += torch.randperm(len(rows), generator=generator).tolist()
size = BATCH * ACCUMULATION
order = [flat[step * size : (step + 1) * size] for step in range(STEPS)]
losses, norms = train(config, weights, initial, examples, order, torch.float32)
exact, _ = train(config, weights, initial, examples, order, torch.float64)
write_safetensors(out / "initial.safetensors", initial)
golden = {
    "reference": "PyTorch, this script: Qwen 2 forward pass, LoRA, torch.optim.AdamW, clip_grad_norm_",
    "version": torch.__version__,
    "seed": SEED,
    "script": "packages/peft/golden/make_curve.py",
    "model": "qwen2",
    "config": {"peft_type": "LORA", "r": R, "lora_alpha": ALPHA, "lora_dropout": 0, "target_modules": TARGETS},
    "steps": STEPS,
    "batch_size": BATCH,
    "gradient_accumulation": ACCUMULATION,
    "max_tokens": MAX_TOKENS,
    "learning_rate": LR,
    "warmup_steps": WARMUP,
    "schedule": "cosine",
    "weight_decay": WEIGHT_DECAY,
    "max_grad_norm": CLIP,
    "order": order,
    "losses": losses,
    "grad_norms_before_clip": norms,
    "largest_difference_to_float64": max(abs(a - b) for a, b in zip(losses, exact)),
}
(out / "curve.json").write_text(json.dumps(golden) + "\n")
print(losses[0], losses[-1], golden["largest_difference_to_float64"])
