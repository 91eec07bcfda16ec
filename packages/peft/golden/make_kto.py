"""Losses of ten steps of TRL's KTOTrainer on a LoRA adapter of a tiny model, with the batches that it saw.

    python make_kto.py [--seed N] [--base FOLDER] [--out FOLDER]     # needs trl, peft, transformers, torch
"""

import argparse
import importlib.metadata
import json
import os
import tempfile
from pathlib import Path

os.environ["TRL_EXPERIMENTAL_SILENCE"] = "1"

import torch
from datasets import Dataset
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast
from trl import KTOConfig, KTOTrainer

HERE = Path(__file__).resolve().parent
STEPS, ROWS = 10, 4
CASES = {"plain": {"beta": 0.1}, "weighed": {"beta": 0.6, "desirable_weight": 1.5, "undesirable_weight": 0.5}}
torch.set_num_threads(1)


class Recorded(KTOTrainer):
    """Keeps what a step saw."""

    def training_step(self, model, inputs, *args, **kwargs):
        self.seen.append({k: v.clone() for k, v in inputs.items() if isinstance(v, torch.Tensor)})
        return super().training_step(model, inputs, *args, **kwargs)


def rows(generator, vocabulary):
    text = lambda low, high: " ".join(
        f"t{i}" for i in torch.randint(5, vocabulary, (int(torch.randint(low, high, (), generator=generator)),), generator=generator).tolist()
    )
    return [{"prompt": text(3, 9) + " ", "completion": text(2, 8), "label": bool((i * 7) % 3)} for i in range(STEPS * ROWS)]


def run(name, args, **how):
    torch.manual_seed(args.seed)
    generator = torch.Generator().manual_seed(args.seed)
    model = AutoModelForCausalLM.from_pretrained(args.base, dtype=torch.float32, attn_implementation="eager")
    vocabulary = {f"t{i}": i for i in range(model.config.vocab_size)}
    core = Tokenizer(WordLevel(vocabulary, unk_token="t3"))
    core.pre_tokenizer = WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, pad_token="t0", eos_token="t2", bos_token="t1")
    model = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
    clean = lambda state: {k.replace(".default", ""): v.detach().clone() for k, v in state if "lora_" in k and ".default" in k}
    initial = clean(model.named_parameters())
    config = KTOConfig(
        output_dir=tempfile.mkdtemp(), max_steps=STEPS, per_device_train_batch_size=ROWS, learning_rate=5e-3,
        lr_scheduler_type="constant", weight_decay=0.01, max_grad_norm=1.0, **how, logging_steps=1, report_to=[],
        save_strategy="no", use_cpu=True, seed=args.seed, remove_unused_columns=False, gradient_checkpointing=False, bf16=False,
        max_length=64, disable_tqdm=True, train_sampling_strategy="sequential", disable_dropout=True,
    )
    trainer = Recorded(model=model, args=config, train_dataset=Dataset.from_list(rows(generator, len(vocabulary))), processing_class=tokenizer)
    trainer.seen = []
    trainer.train()
    history = [line for line in trainer.state.log_history if "loss" in line]
    width = max(batch[key].shape[1] for batch in trainer.seen for key in ("input_ids", "KL_input_ids"))
    pad = lambda x, value: torch.nn.functional.pad(x, (0, width - x.shape[1]), value=value)
    both = lambda key, value: torch.stack([torch.cat([pad(b[key], value), pad(b["KL_" + key], value)]) for b in trainer.seen]).to(torch.int32)
    ids, mask, learned = both("input_ids", 0), both("attention_mask", 0), both("completion_mask", 0)
    tensors = {"input_ids": ids, "attention_mask": mask, "labels": torch.where(learned == 1, ids, -100).to(torch.int32)}
    tensors["desirable"] = torch.stack([b["label"] for b in trainer.seen]).to(torch.int32)
    tensors |= {f"initial/{k}": v for k, v in initial.items()} | {f"final/{k}": v for k, v in clean(trainer.model.named_parameters()).items()}
    (args.out / "kto").mkdir(parents=True, exist_ok=True)
    save_file(tensors, args.out / "kto" / f"{name}.safetensors")
    told = lambda key: [line[key] for line in history]
    return {**how, "losses": told("loss"), "grad_norms_before_clip": [float(x) for x in told("grad_norm")], "kl": told("kl")}


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--seed", type=int, default=20261128)
parser.add_argument("--base", type=Path, default=HERE / "../../models/golden/models/qwen2")
parser.add_argument("--out", type=Path, default=HERE)
args = parser.parse_args()
cases = {name: run(name, args, **case) for name, case in CASES.items()}
version = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("trl", "peft", "transformers", "torch"))
golden = {
    "reference": "trl.KTOTrainer", "version": version, "seed": args.seed, "script": "make_kto.py",
    "base_model": "models/qwen2", "config": {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "v_proj"]},
    "lr": 5e-3, "weight_decay": 0.01, "max_grad_norm": 1.0, "steps": STEPS, "cases": cases,
}
(args.out / "kto" / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")
