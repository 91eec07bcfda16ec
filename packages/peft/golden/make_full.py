"""Ten steps of PyTorch's AdamW on all weights of a tiny model, and on some with a rate that falls from layer to layer.

    python make_full.py [--base FOLDER] [--batches FILE] [--out FOLDER]     # needs transformers and torch
"""

import argparse
import importlib.metadata
import json
import re
from pathlib import Path

import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM

HERE = Path(__file__).resolve().parent
STEPS, LR, DECAY = 10, 1e-3, 0.01
CASES = {
    "all": {"train": None, "freeze": None, "layer_lr_decay": 1.0},
    "layers": {"train": None, "freeze": ["embed_tokens", r"layers\.0\.mlp"], "layer_lr_decay": 0.5},
    "embeddings": {"train": ["embed_tokens", r"layers\.1\.self_attn"], "freeze": None, "layer_lr_decay": 0.5},
}
torch.set_num_threads(1)


def run(args, batches, train, freeze, layer_lr_decay):
    model = AutoModelForCausalLM.from_pretrained(args.base, dtype=torch.float32, attn_implementation="eager").train()
    layers = model.config.num_hidden_layers
    named = lambda patterns, name: any(re.search(p, name) for p in patterns)
    groups, trained = [], {}
    for name, p in model.named_parameters():
        p.requires_grad = (train is None or named(train, name)) and not named(freeze or [], name)
        if not p.requires_grad:
            continue
        layer = re.search(r"\.layers\.(\d+)\.", name)
        below = layers - 1 - int(layer[1]) if layer else layers if "embed_tokens" in name else 0
        groups.append({"params": [p], "lr": LR * layer_lr_decay**below})
        trained[name] = p
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.999), eps=1e-8, weight_decay=DECAY, foreach=False)
    losses, norms = [], []
    for step in range(STEPS):
        loss = model(**{k: v[step].long() for k, v in batches.items()}).loss
        loss.backward()
        norms.append(float(torch.nn.utils.clip_grad_norm_(trained.values(), 1.0)))
        losses.append(loss.item())
        optimizer.step()
        optimizer.zero_grad()
    final = {n: {"norm": float(p.double().norm()), "first": p.flatten()[:6].tolist(), "last": p.flatten()[-6:].tolist()} for n, p in trained.items()}
    return {"losses": losses, "grad_norms_before_clip": norms, "final": final}


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--base", type=Path, default=HERE / "../../models/golden/models/qwen2")
parser.add_argument("--batches", type=Path, default=HERE / "peft/train_batches.safetensors")
parser.add_argument("--out", type=Path, default=HERE)
args = parser.parse_args()
batches = load_file(args.batches)
golden = {
    "reference": "torch.optim.AdamW on the model's own weights",
    "version": ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("transformers", "torch")),
    "seed": None, "script": "make_full.py", "base_model": "models/qwen2", "batches": "peft/train_batches.safetensors",
    "lr": LR, "weight_decay": DECAY, "max_grad_norm": 1.0, "steps": STEPS,
    "cases": {name: {"config": {k: v for k, v in case.items() if v is not None}, **run(args, batches, **case)} for name, case in CASES.items()},
}
(args.out / "full").mkdir(parents=True, exist_ok=True)
(args.out / "full" / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")
