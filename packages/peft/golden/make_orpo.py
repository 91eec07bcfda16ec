"""Losses of ten steps of TRL's ORPOTrainer on a LoRA adapter of a tiny model, with the batches that it saw.

    python make_orpo.py [--seed N] [--base FOLDER] [--out FOLDER]     # needs trl, peft, transformers, torch
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
from trl.experimental.orpo import ORPOConfig, ORPOTrainer

HERE = Path(__file__).resolve().parent
STEPS, PAIRS = 10, 3
CASES = {"plain": {"beta": 0.1}, "strong": {"beta": 0.7}}
torch.set_num_threads(1)


class Recorded(ORPOTrainer):
    """Keeps what a step saw."""

    def training_step(self, model, inputs, *args, **kwargs):
        whole = self.concatenated_inputs(inputs, padding_value=self.padding_value, device="cpu")
        self.seen.append({k: v.clone() for k, v in whole.items()})
        return super().training_step(model, inputs, *args, **kwargs)


def rows(generator, vocabulary):
    text = lambda low, high: " ".join(
        f"t{i}" for i in torch.randint(5, vocabulary, (int(torch.randint(low, high, (), generator=generator)),), generator=generator).tolist()
    )
    return [{"prompt": text(3, 9), "chosen": text(2, 8), "rejected": text(2, 8)} for _ in range(STEPS * PAIRS)]


def run(name, args, beta):
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
    config = ORPOConfig(
        output_dir=tempfile.mkdtemp(), max_steps=STEPS, per_device_train_batch_size=PAIRS, learning_rate=5e-3,
        lr_scheduler_type="constant", weight_decay=0.01, max_grad_norm=1.0, beta=beta, logging_steps=1, report_to=[],
        save_strategy="no", use_cpu=True, seed=args.seed, remove_unused_columns=False, gradient_checkpointing=False, bf16=False,
        max_length=64, disable_tqdm=True,
    )
    trainer = Recorded(model=model, args=config, train_dataset=Dataset.from_list(rows(generator, len(vocabulary))), processing_class=tokenizer)
    trainer.seen = []
    trainer.train()
    history = [line for line in trainer.state.log_history if "loss" in line]
    width = max(batch["concatenated_input_ids"].shape[1] for batch in trainer.seen)
    wide = lambda key, value: torch.stack(
        [torch.nn.functional.pad(batch[key], (0, width - batch[key].shape[1]), value=value) for batch in trainer.seen]
    ).to(torch.int32)
    tensors = {"input_ids": wide("concatenated_input_ids", 0), "attention_mask": wide("concatenated_attention_mask", 0), "labels": wide("concatenated_labels", -100)}
    tensors |= {f"initial/{k}": v for k, v in initial.items()} | {f"final/{k}": v for k, v in clean(trainer.model.named_parameters()).items()}
    (args.out / "orpo").mkdir(parents=True, exist_ok=True)
    save_file(tensors, args.out / "orpo" / f"{name}.safetensors")
    told = lambda key: [line[key] for line in history]
    return {
        "beta": beta, "losses": told("loss"), "grad_norms_before_clip": [float(x) for x in told("grad_norm")],
        "rewards_accuracies": told("rewards/accuracies"), "rewards_margins": told("rewards/margins"),
        "nll_losses": told("nll_loss"), "log_odds_ratios": told("log_odds_ratio"),
    }


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--seed", type=int, default=20261128)
parser.add_argument("--base", type=Path, default=HERE / "../../models/golden/models/qwen2")
parser.add_argument("--out", type=Path, default=HERE)
args = parser.parse_args()
cases = {name: run(name, args, **case) for name, case in CASES.items()}
version = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("trl", "peft", "transformers", "torch"))
golden = {
    "reference": "trl.experimental.orpo.ORPOTrainer", "version": version, "seed": args.seed, "script": "make_orpo.py",
    "base_model": "models/qwen2", "config": {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "v_proj"]},
    "lr": 5e-3, "weight_decay": 0.01, "max_grad_norm": 1.0, "steps": STEPS, "cases": cases,
}
(args.out / "orpo" / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")
