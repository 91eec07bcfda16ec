"""Losses of ten steps of TRL's DPOTrainer on a LoRA adapter of a tiny model, with the batches that it saw.

    python make_dpo.py        # needs trl, peft, transformers, torch; writes dpo/ beside itself
"""

import importlib.metadata
import json
from pathlib import Path

import torch
from datasets import Dataset
from peft import LoraConfig, get_peft_model
from safetensors.torch import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast
from trl import DPOConfig, DPOTrainer

HERE = Path(__file__).resolve().parent
BASE = HERE / "../../models/golden/models/qwen2"
SEED = 20261127
STEPS, PAIRS = 10, 3
CASES = {
    "fresh": {"beta": 0.1, "label_smoothing": 0.0},  # B is zero: the reference is the base
    "continued": {"beta": 0.5, "label_smoothing": 0.1},  # B is not: the reference is the adapter as it was
}
torch.set_num_threads(1)


class Recorded(DPOTrainer):
    """Takes rows of ids as they are, and keeps what a step saw and gave."""

    def _prepare_dataset(self, dataset, *args, **kwargs):
        return dataset

    def training_step(self, model, inputs, *args, **kwargs):
        self.seen.append({name: tensor.clone() for name, tensor in inputs.items()})
        return super().training_step(model, inputs, *args, **kwargs)


def rows(generator):
    ids = lambda length: torch.randint(5, 320, (length,), generator=generator).tolist()
    size = lambda low, high: int(torch.randint(low, high, (), generator=generator))
    return [
        {"prompt_ids": ids(size(3, 9)), "chosen_ids": ids(size(2, 8)), "rejected_ids": ids(size(2, 8))}
        for _ in range(STEPS * PAIRS)
    ]


def run(name, beta, label_smoothing):
    torch.manual_seed(SEED)
    generator = torch.Generator().manual_seed(SEED)
    vocabulary = {f"t{i}": i for i in range(320)}
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(WordLevel(vocabulary, unk_token="t3")), pad_token="t0", eos_token="t2"
    )
    model = AutoModelForCausalLM.from_pretrained(BASE, dtype=torch.float32, attn_implementation="eager")
    adapter = LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], lora_dropout=0.0, task_type="CAUSAL_LM")
    model = get_peft_model(model, adapter)
    for key, tensor in model.named_parameters():
        if "lora_B" in key and name == "continued":
            torch.nn.init.normal_(tensor, std=0.02, generator=generator)
    clean = lambda state: {k.replace(".default", ""): v.detach().clone() for k, v in state if "lora_" in k and ".default" in k}
    initial = clean(model.named_parameters())
    config = DPOConfig(
        output_dir="/tmp/make_dpo", max_steps=STEPS, per_device_train_batch_size=PAIRS, learning_rate=5e-3,
        lr_scheduler_type="constant", weight_decay=0.01, max_grad_norm=1.0, beta=beta, label_smoothing=label_smoothing,
        loss_type="robust" if label_smoothing else "sigmoid",
        logging_steps=1, report_to=[], save_strategy="no", use_cpu=True, seed=SEED, remove_unused_columns=False,
        gradient_checkpointing=False, bf16=False, max_length=None, disable_tqdm=True,
    )
    trainer = Recorded(model=model, args=config, train_dataset=Dataset.from_list(rows(generator)), processing_class=tokenizer)
    trainer.seen = []
    trainer.train()
    history = [line for line in trainer.state.log_history if "loss" in line]
    width = max(batch["input_ids"].shape[1] for batch in trainer.seen)
    wide = lambda key: torch.stack(
        [torch.nn.functional.pad(batch[key], (0, width - batch[key].shape[1])) for batch in trainer.seen]
    ).to(torch.int32)
    ids, mask, completion = wide("input_ids"), wide("attention_mask"), wide("completion_mask")
    labels = torch.where(completion == 1, ids, torch.full_like(ids, -100))
    save_file(
        {
            "input_ids": ids, "attention_mask": mask, "labels": labels,
            **{f"initial/{k}": v for k, v in initial.items()},
            **{f"final/{k}": v for k, v in clean(trainer.model.named_parameters()).items()},
        },
        HERE / "dpo" / f"{name}.safetensors",
    )
    return {
        "beta": beta, "label_smoothing": label_smoothing,
        "losses": [line["loss"] for line in history],
        "grad_norms_before_clip": [float(line["grad_norm"]) for line in history],
        "rewards_accuracies": [line["rewards/accuracies"] for line in history],
        "rewards_margins": [line["rewards/margins"] for line in history],
    }


(HERE / "dpo").mkdir(exist_ok=True)
version = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("trl", "peft", "transformers", "torch"))
golden = {
    "reference": "trl.DPOTrainer", "version": version, "seed": SEED, "script": "make_dpo.py", "base_model": "models/qwen2",
    "config": {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "v_proj"]},
    "lr": 5e-3, "weight_decay": 0.01, "max_grad_norm": 1.0, "steps": STEPS,
    "cases": {name: run(name, **case) for name, case in CASES.items()},
}
(HERE / "dpo" / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")
