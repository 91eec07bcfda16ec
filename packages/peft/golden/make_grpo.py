"""Losses of TRL's GRPOTrainer on a LoRA adapter of a tiny model, with the answers that it sampled.

    python make_grpo.py [--seed N] [--base FOLDER] [--out FOLDER]     # needs trl, peft, transformers, torch
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
from trl import GRPOConfig, GRPOTrainer

HERE = Path(__file__).resolve().parent
STEPS, PROMPTS, GROUP = 8, 2, 4
CASES = {"plain": {"beta": 0.0, "num_iterations": 1}, "clipped": {"beta": 0.2, "num_iterations": 4, "epsilon": 0.1}}
torch.set_num_threads(1)


class Recorded(GRPOTrainer):
    """Keeps what a step saw."""

    def _compute_loss(self, model, inputs):
        self.seen.append({k: v.clone() for k, v in inputs.items() if isinstance(v, torch.Tensor)})
        return super()._compute_loss(model, inputs)


def run(name, args, **how):
    torch.manual_seed(args.seed)
    generator = torch.Generator().manual_seed(args.seed)
    model = AutoModelForCausalLM.from_pretrained(args.base, dtype=torch.float32, attn_implementation="eager")
    model.generation_config.eos_token_id = 2
    vocabulary = {f"t{i}": i for i in range(model.config.vocab_size)}
    core = Tokenizer(WordLevel(vocabulary, unk_token="t3"))
    core.pre_tokenizer = WhitespaceSplit()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, pad_token="t0", eos_token="t2", bos_token="t1")
    prompts = [
        " ".join(f"t{i}" for i in torch.randint(5, len(vocabulary), (int(torch.randint(3, 9, (), generator=generator)),), generator=generator).tolist())
        for _ in range(STEPS * PROMPTS)
    ]
    model = get_peft_model(model, LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"], task_type="CAUSAL_LM"))
    clean = lambda state: {k.replace(".default", ""): v.detach().clone() for k, v in state if "lora_" in k and ".default" in k}
    initial = clean(model.named_parameters())
    rewards = []

    def reward(completion_ids, **_):
        """How many different tokens an answer has below the middle of the vocabulary; most groups differ in it."""
        scores = [float(len({i for i in ids if i < len(vocabulary) // 2})) for ids in completion_ids]
        rewards.append(scores)
        return scores

    config = GRPOConfig(
        output_dir=tempfile.mkdtemp(), max_steps=STEPS, per_device_train_batch_size=PROMPTS * GROUP, num_generations=GROUP,
        learning_rate=5e-2, lr_scheduler_type="constant", weight_decay=0.01, max_grad_norm=1.0, loss_type="grpo",
        max_completion_length=8, temperature=1.0, use_bias_correction_kl=False, top_k=0, logging_steps=1, report_to=[], save_strategy="no", use_cpu=True, seed=args.seed,
        gradient_checkpointing=False, bf16=False, disable_tqdm=True, **how,
    )
    trainer = Recorded(model=model, args=config, reward_funcs=reward, train_dataset=Dataset.from_dict({"prompt": prompts}), processing_class=tokenizer)
    trainer.seen = []
    trainer.train()
    history = [line for line in trainer.state.log_history if "loss" in line]
    whole = [{k: torch.cat([b["prompt_" + k], b["completion_" + k]], dim=1) for k in ("ids", "mask")} for b in trainer.seen]
    starts = [b["prompt_mask"].argmax(dim=1) for b in trainer.seen]
    width = max(b["ids"].shape[1] for b in whole)

    def left(x, start, value):
        """Rows moved to the left, over the padding before their prompts."""
        rows = [torch.cat([row[int(s):], torch.full((width,), value, dtype=x.dtype)])[:width] for row, s in zip(x, start, strict=True)]
        return torch.stack(rows)

    def of_answers(b, x, value):
        return torch.cat([torch.full(b["prompt_ids"].shape, value, dtype=x.dtype), x], dim=1)

    stack = lambda parts, dtype: torch.stack(parts).to(dtype)
    both = list(zip(trainer.seen, whole, starts, strict=True))
    ids = stack([left(w["ids"], s, 0) for _, w, s in both], torch.int32)
    mask = stack([left(w["mask"], s, 0) for _, w, s in both], torch.int32)
    learned = stack([left(of_answers(b, b["completion_mask"], 0), s, 0) for b, _, s in both], torch.int32)
    tensors = {"input_ids": ids, "attention_mask": mask, "labels": torch.where(learned == 1, ids, -100).to(torch.int32)}
    tensors["advantages"] = stack([b["advantages"] for b in trainer.seen], torch.float32)
    if how["num_iterations"] > 1:
        tensors["old"] = stack([left(of_answers(b, b["old_per_token_logps"], 0.0), s, 0.0) for b, _, s in both], torch.float32)
    tensors |= {f"initial/{k}": v for k, v in initial.items()} | {f"final/{k}": v for k, v in clean(trainer.model.named_parameters()).items()}
    (args.out / "grpo").mkdir(parents=True, exist_ok=True)
    save_file(tensors, args.out / "grpo" / f"{name}.safetensors")
    told = lambda key: [line[key] for line in history]
    # A group's rewards in the order of the answers of the batches, which TRL shuffles together with their advantages.
    return {
        **how, "group": GROUP, "losses": told("loss"), "grad_norms_before_clip": [float(x) for x in told("grad_norm")],
        "rewards": rewards, "clipped": told("clip_ratio/region_mean"),
    }


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("--seed", type=int, default=20261128)
parser.add_argument("--base", type=Path, default=HERE / "../../models/golden/models/qwen2")
parser.add_argument("--out", type=Path, default=HERE)
args = parser.parse_args()
cases = {name: run(name, args, **case) for name, case in CASES.items()}
version = ", ".join(f"{p} {importlib.metadata.version(p)}" for p in ("trl", "peft", "transformers", "torch"))
golden = {
    "reference": "trl.GRPOTrainer", "version": version, "seed": args.seed, "script": "make_grpo.py",
    "base_model": "models/qwen2", "config": {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "v_proj"]},
    "lr": 5e-2, "weight_decay": 0.01, "max_grad_norm": 1.0, "steps": STEPS, "cases": cases,
}
(args.out / "grpo" / "golden.json").write_text(json.dumps(golden, indent=1) + "\n")
