/** The training script of the launchers: reads run.json and the rows beside it. */
export const trainPy = `"""Trains an adapter with transformers and PEFT on rows that are rendered and masked already."""

import json
import math
import os
import re
from pathlib import Path

import peft
import torch
from transformers import (
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    EarlyStoppingCallback,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)

HERE = Path(__file__).resolve().parent
IGNORED = -100


def encode(tokenizer, segments, max_tokens):
    """Each piece by itself, so that the border between prompt and answer is a border between tokens."""
    ids, labels = [], []
    for segment in segments:
        piece = tokenizer(segment["text"], add_special_tokens=False)["input_ids"]
        ids += piece
        labels += piece if segment["label"] else [IGNORED] * len(piece)
    return {"input_ids": ids[:max_tokens], "labels": labels[:max_tokens]}


def read_rows(path, tokenizer, max_tokens):
    with open(path, encoding="utf-8") as lines:
        return [encode(tokenizer, json.loads(line)["segments"], max_tokens) for line in lines]


class Collator:
    """Pads a batch on the right."""

    def __init__(self, pad_id):
        self.pad_id = pad_id

    def __call__(self, rows):
        longest = max(len(row["input_ids"]) for row in rows)

        def padded(key, filler):
            return torch.tensor([row[key] + [filler] * (longest - len(row[key])) for row in rows])

        mask = [[1] * len(row["input_ids"]) + [0] * (longest - len(row["input_ids"])) for row in rows]
        return {
            "input_ids": padded("input_ids", self.pad_id),
            "labels": padded("labels", IGNORED),
            "attention_mask": torch.tensor(mask),
        }


class RankAllocation(TrainerCallback):
    """AdaLoRA moves ranks between layers after each optimiser step, while the gradients are still there."""

    def __init__(self, model):
        self.model = model

    def on_optimizer_step(self, args, state, control, **kwargs):
        self.model.base_model.update_and_allocate(state.global_step + 1)


def layer_of(name):
    """The layer of a tensor, counted from the embeddings below the first; None above the last."""
    found = re.search(r"(?:^|\\.)(?:layers?|h|blocks?)\\.(\\d+)\\.", name)
    if found:
        return int(found[1])
    return -1 if re.search("embed_tokens|wte|wpe|word_embeddings", name) else None


class GroupedTrainer(Trainer):
    """Weight decay by patterns, rates by patterns and layers, and B matrices that learn faster (LoRA+)."""

    def __init__(self, *args, no_decay=None, b_ratio=1.0, rates=None, layer_decay=1.0, **kwargs):
        self.no_decay, self.b_ratio, self.rates, self.layer_decay = no_decay, b_ratio, rates or {}, layer_decay
        super().__init__(*args, **kwargs)

    def rate_of(self, name, layers):
        factor = math.prod(factor for pattern, factor in self.rates.items() if re.search(pattern, name))
        layer = layer_of(name)
        return factor if layer is None else factor * self.layer_decay ** (layers - 1 - layer)

    def create_optimizer(self, *args, **kwargs):
        if self.no_decay is None and self.b_ratio == 1.0 and not self.rates and self.layer_decay == 1.0:
            return super().create_optimizer(*args, **kwargs)
        if self.optimizer is not None:
            return self.optimizer
        default = set(self.get_decay_parameter_names(self.model))
        groups = {}
        names = [name for name, parameter in self.model.named_parameters() if parameter.requires_grad]
        adapter = names + [name for name, _ in self.model.named_parameters() if "lora_" in name]
        layers = 1 + max([-1] + [layer for layer in map(layer_of, adapter) if layer is not None])
        for name, parameter in self.model.named_parameters():
            if not parameter.requires_grad:
                continue
            plain = name.replace(".default", "")
            if self.no_decay is None:
                decays = name in default
            else:
                decays = not any(re.search(pattern, plain) for pattern in self.no_decay)
            factor = self.rate_of(plain, layers) * (self.b_ratio if "lora_B" in name else 1.0)
            groups.setdefault((decays, factor), []).append(parameter)
        kind, options = Trainer.get_optimizer_cls_and_kwargs(self.args, self.model)
        rate = options.pop("lr")
        self.optimizer = kind(
            [
                {
                    "params": parameters,
                    "weight_decay": self.args.weight_decay if decays else 0.0,
                    "lr": rate * factor,
                }
                for (decays, factor), parameters in groups.items()
            ],
            **options,
        )
        return self.optimizer


def main():
    run = json.loads((HERE / "run.json").read_text(encoding="utf-8"))
    set_seed(run["training"]["seed"])
    tokenizer = AutoTokenizer.from_pretrained(run["model"])
    train = read_rows(HERE / "data/train.jsonl", tokenizer, run["max_tokens"])
    evaluation = read_rows(HERE / "data/eval.jsonl", tokenizer, run["max_tokens"])

    options = dict(run["training"])
    processes = int(os.environ.get("WORLD_SIZE", "1"))
    # One step reads the rows that one step of the recipe reads, however many processes share them.
    accumulation = max(1, run["micro_batches"] // processes)
    per_step = options["per_device_train_batch_size"] * accumulation * processes
    steps = options.get("max_steps", -1)
    if steps <= 0:
        steps = math.ceil(math.ceil(len(train) / per_step) * options["num_train_epochs"])
    if run["warmup_ratio"] is not None:
        options["warmup_steps"] = math.ceil(run["warmup_ratio"] * steps)

    quantization = None
    if run["quantization"] is not None:
        quantization = BitsAndBytesConfig(**run["quantization"])
    model = AutoModelForCausalLM.from_pretrained(
        run["model"],
        dtype=getattr(torch, run["dtype"]),
        quantization_config=quantization,
        device_map={"": int(os.environ.get("LOCAL_RANK", "0"))} if quantization else None,
    )
    model.config.use_cache = False
    if quantization:
        model = peft.prepare_model_for_kbit_training(
            model, use_gradient_checkpointing=options["gradient_checkpointing"]
        )
    elif options["gradient_checkpointing"]:
        model.enable_input_require_grads()
    settings = dict(run["peft"]["options"])
    if run["peft"]["class"] == "AdaLoraConfig":
        settings["total_step"] = steps
    if run["adapter"] is not None:
        model = peft.PeftModel.from_pretrained(model, HERE / run["adapter"], is_trainable=True)
    else:
        model = peft.get_peft_model(model, getattr(peft, run["peft"]["class"])(**settings))
    for name, parameter in model.named_parameters():
        if any(re.search(pattern, name.replace(".default", "")) for pattern in run["freeze"]):
            parameter.requires_grad_(False)
    model.print_trainable_parameters()

    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    trainer = GroupedTrainer(
        model=model,
        args=TrainingArguments(
            output_dir=str(HERE / "checkpoints"), gradient_accumulation_steps=accumulation, **options
        ),
        train_dataset=train,
        eval_dataset=evaluation or None,
        data_collator=Collator(pad if pad is not None else 0),
        no_decay=run["no_decay"],
        b_ratio=run["loraplus_lr_ratio"],
        rates=run["rates"],
        layer_decay=run["layer_decay"],
    )
    if run["peft"]["class"] == "AdaLoraConfig":
        trainer.add_callback(RankAllocation(model))
    if run["early_stopping_patience"] is not None:
        trainer.add_callback(EarlyStoppingCallback(run["early_stopping_patience"]))
    has_checkpoint = any((HERE / "checkpoints").glob("checkpoint-*"))
    trainer.train(resume_from_checkpoint=has_checkpoint)
    if trainer.is_world_process_zero():
        model.save_pretrained(HERE / "adapter")


if __name__ == "__main__":
    main()
`;

/** Ray starts the workers and gives each its place; the work is train.py's. */
export const trainRayPy = `"""Runs train.py on the workers of a Ray cluster (Ray Train)."""

import json
from pathlib import Path

from ray.train import ScalingConfig
from ray.train.torch import TorchTrainer

HERE = Path(__file__).resolve().parent


def worker(_):
    import sys

    sys.path.insert(0, str(HERE))
    import train

    train.main()


if __name__ == "__main__":
    launch = json.loads((HERE / "run.json").read_text(encoding="utf-8"))["launch"]
    # The project's folder has to lie at the same place on every machine, on a shared disk.
    TorchTrainer(
        worker,
        train_loop_config={},
        scaling_config=ScalingConfig(num_workers=launch["processes"], use_gpu=launch["use_gpu"]),
    ).fit()
`;
