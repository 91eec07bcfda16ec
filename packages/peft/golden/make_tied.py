"""Writes golden/tied: adapters of PEFT and AdapterHub on embeddings, heads and post-norms, with the logits they give there.

  python make_tied.py
"""

import json
import shutil
import sys
from importlib.metadata import version
from pathlib import Path

import transformers

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "../../../test/interop"))
import peer

SIZES = dict(vocab_size=320, num_hidden_layers=2, max_position_embeddings=64, num_attention_heads=2, num_key_value_heads=1, hidden_size=8, head_dim=4, intermediate_size=12)
BASES = {
    "qwen2": transformers.Qwen2Config(**SIZES, tie_word_embeddings=True),
    "gemma3": transformers.Gemma3TextConfig(**SIZES, sliding_window=8, query_pre_attn_scalar=4, tie_word_embeddings=True),
}
METHODS = ["lora_save_embed", "lora_save_head", "lora_save_head_tied", "lora_save_suffix", "lora_embed_head", "lora_embed_tied", "dora_embed", "lora_head", "lora_tokens", "lora_tokens_two", "loha_save_embed"]

peer.bases = lambda: BASES
everything, hub = peer.methods, peer.bottlenecks
peer.methods = lambda arch, seed: {k: v for k, v in everything(arch, seed).items() if arch == "qwen2" and k in METHODS}
peer.bottlenecks = lambda: {k: v for k, v in hub().items() if k in ("seq_bn", "double_par")}

peer.IDS = (1, 9)
out = HERE / "tied"
shutil.rmtree(out, ignore_errors=True)
peer.make(str(out), 3)
for path in [*out.rglob("README.md"), *out.rglob("head_config.json"), *out.rglob("generation_config.json")]:
    path.unlink()
facts = {"reference": "peft, adapters", "version": [version("peft"), version("adapters")], "transformers": version("transformers"), "seed": 3, "script": "../make_tied.py"}
(out / "golden.json").write_text(json.dumps(facts, indent=1) + "\n")
