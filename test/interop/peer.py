"""The reference side of the interop suite: PEFT, AdapterHub and transformers.

  peer.py make  FOLDER [SEED [ARCHS [METHODS]]]   writes bases, and adapters of the reference with the outputs they give
  peer.py check FOLDER          loads the adapters that Loam has written there, prints one JSON row for each

Layout: FOLDER/bases/ARCH, FOLDER/theirs/ARCH/METHOD (adapter + ref.safetensors), FOLDER/ours/ARCH/METHOD (adapter +
out.safetensors), FOLDER/in.safetensors.
"""

import json
import logging
import os
import sys
import warnings
import zlib

os.environ["HF_HUB_OFFLINE"] = "1"
warnings.filterwarnings("ignore")

import torch
import transformers
from safetensors.torch import load_file, save_file

transformers.logging.set_verbosity_error()
logging.disable(logging.WARNING)

IDS = (2, 24)
SMALL = dict(vocab_size=320, num_hidden_layers=3, max_position_embeddings=256)


def bases():
    t = transformers
    gqa = dict(num_attention_heads=6, num_key_value_heads=2, hidden_size=48, intermediate_size=88, **SMALL)
    rope3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=64)
    return {
        "llama": t.LlamaConfig(**gqa, tie_word_embeddings=False),
        "llama3": t.LlamaConfig(**gqa, rope_scaling=rope3, rope_theta=500000.0, tie_word_embeddings=True),
        "mistral": t.MistralConfig(**gqa, sliding_window=16, tie_word_embeddings=False, head_dim=8),
        "qwen2": t.Qwen2Config(**gqa, tie_word_embeddings=True),
        "qwen3": t.Qwen3Config(**gqa, head_dim=20, tie_word_embeddings=False),
        "gemma3": t.Gemma3TextConfig(**gqa, head_dim=12, sliding_window=16, query_pre_attn_scalar=12, tie_word_embeddings=True),
        "gpt2": t.GPT2Config(vocab_size=320, n_embd=48, n_layer=3, n_head=4, n_positions=256),
        "bert": t.BertConfig(num_attention_heads=4, hidden_size=48, intermediate_size=88, **SMALL),
        "roberta": t.RobertaConfig(num_attention_heads=4, hidden_size=48, intermediate_size=88, **SMALL),
    }


def model_class(arch):
    t = transformers
    return t.AutoModel if arch in ("bert", "roberta") else t.AutoModelForCausalLM


def names_of(arch):
    """q, k, v, o, up, down, embedding, head, a norm."""
    if arch == "gpt2":
        return dict(q="c_attn", o="attn.c_proj", up="c_fc", down="mlp.c_proj", embed="wte", norm="ln_2", feed="mlp")
    if arch in ("bert", "roberta"):
        return dict(q="query", o="attention.output.dense", up="intermediate.dense", down="output.dense", embed="word_embeddings", norm="LayerNorm", feed="intermediate")
    return dict(q="q_proj", o="o_proj", up="up_proj", down="down_proj", embed="embed_tokens", norm="post_attention_layernorm", feed="mlp")


def methods(arch, seed):
    """name -> a function that makes the config."""
    import peft as p

    n = names_of(arch)
    q, up, down, embed, norm = n["q"], n["up"], n["down"], n["embed"], n["norm"]
    decoder = arch not in ("bert", "roberta")
    gpt2 = arch == "gpt2"
    lora = dict(r=4, lora_alpha=12, target_modules=[q, up])
    rows = {
        "lora": lambda: p.LoraConfig(**lora),
        "lora_all": lambda: p.LoraConfig(r=3, target_modules="all-linear"),
        "rslora": lambda: p.LoraConfig(**lora, use_rslora=True),
        "dora": lambda: p.LoraConfig(**lora, use_dora=True),
        "lora_patterns": lambda: p.LoraConfig(**lora, rank_pattern={q: 2}, alpha_pattern={up: 5}),
        "lora_layers": lambda: p.LoraConfig(**lora, layers_to_transform=[0, 2]),
        "lora_save_norm": lambda: p.LoraConfig(**lora, modules_to_save=[norm]),
        "lora_save_suffix": lambda: p.LoraConfig(**lora, modules_to_save=[norm[-4:]]),
        "lora_save_feed": lambda: p.LoraConfig(r=4, target_modules=[q], modules_to_save=[n["feed"]]),
        "lora_save_embed": lambda: p.LoraConfig(**lora, modules_to_save=[embed]),
        "lora_embed": lambda: p.LoraConfig(r=4, target_modules=[q, embed]),
        "dora_embed": lambda: p.LoraConfig(r=4, target_modules=[q, embed], use_dora=True),
        "lora_tokens": lambda: p.LoraConfig(**lora, trainable_token_indices=[3, 17, 200, 319]),
        "adalora": lambda: p.AdaLoraConfig(init_r=5, target_r=3, total_step=100, target_modules=[q, up]),
        "vera": lambda: p.VeraConfig(r=8, target_modules=[n["o"] if not gpt2 else "c_attn"], save_projection=True),
        "loha": lambda: p.LoHaConfig(r=4, target_modules=[q, up]),
        "lokr": lambda: p.LoKrConfig(r=4, target_modules=[q, up]),
        "ia3": lambda: p.IA3Config(target_modules=[q, down], feedforward_modules=[down]),
        "ln_tuning": lambda: p.LNTuningConfig(target_modules=[norm]),
        "loha_save_embed": lambda: p.LoHaConfig(r=4, target_modules=[q], modules_to_save=[embed]),
        "adalora_save_embed": lambda: p.AdaLoraConfig(init_r=4, total_step=100, target_modules=[q], modules_to_save=[embed]),
        "ia3_save_embed": lambda: p.IA3Config(target_modules=[q, down], feedforward_modules=[down], modules_to_save=[embed]),
        "trainable_tokens": lambda: p.TrainableTokensConfig(token_indices=[1, 9, 250], target_modules=[embed]),
    }
    if decoder:
        rows |= {
            "lora_save_head": lambda: p.LoraConfig(**lora, modules_to_save=["lm_head"]),
            "lora_save_both": lambda: p.LoraConfig(**lora, modules_to_save=[embed, "lm_head"]),
            "lora_save_tied": lambda: p.LoraConfig(**lora, modules_to_save=[embed], ensure_weight_tying=True),
            "lora_save_head_tied": lambda: p.LoraConfig(**lora, modules_to_save=["lm_head"], ensure_weight_tying=True),
            "lora_head": lambda: p.LoraConfig(r=4, target_modules=[q, "lm_head"]),
            "dora_head": lambda: p.LoraConfig(r=4, target_modules=[q, "lm_head"], use_dora=True),
            "lora_embed_head": lambda: p.LoraConfig(r=4, target_modules=[q, embed, "lm_head"]),
            "lora_embed_tied": lambda: p.LoraConfig(r=4, target_modules=[q, embed], ensure_weight_tying=True),
            "lora_head_tied": lambda: p.LoraConfig(r=4, target_modules=[q, "lm_head"], ensure_weight_tying=True),
            "lora_tokens_two": lambda: p.LoraConfig(**lora, trainable_token_indices={embed: [3, 17], "lm_head": [5]}),
            "lora_tokens_tied": lambda: p.LoraConfig(**lora, trainable_token_indices=[3, 17], ensure_weight_tying=True),
            "lora_regex_head": lambda: p.LoraConfig(r=4, target_modules=rf".*({q}|lm_head)"),
            "loha_head": lambda: p.LoHaConfig(r=4, target_modules=[q, "lm_head"]),
            "prefix": lambda: p.PrefixTuningConfig(num_virtual_tokens=5, task_type="CAUSAL_LM"),
            "prefix_projection": lambda: p.PrefixTuningConfig(num_virtual_tokens=5, task_type="CAUSAL_LM", prefix_projection=True, encoder_hidden_size=24),
            "p_tuning": lambda: p.PromptEncoderConfig(num_virtual_tokens=5, task_type="CAUSAL_LM", encoder_hidden_size=24),
            "prompt_text": lambda: p.PromptTuningConfig(num_virtual_tokens=5, task_type="CAUSAL_LM", prompt_tuning_init="TEXT", prompt_tuning_init_text="Answer", tokenizer_name_or_path=TOKENIZER),
            "prompt": lambda: p.PromptTuningConfig(num_virtual_tokens=5, task_type="CAUSAL_LM"),
        }
    else:
        rows |= {
            "lora_pooler": lambda: p.LoraConfig(r=4, target_modules=[q, "pooler.dense"]),
            "lora_save_pooler": lambda: p.LoraConfig(**lora, modules_to_save=["pooler"]),
        }
    return rows


TOKENIZER = "somewhere/else"


def bottlenecks():
    import adapters as a

    return {
        "seq_bn": lambda: a.SeqBnConfig(reduction_factor=6),
        "double_seq_bn": lambda: a.DoubleSeqBnConfig(reduction_factor=6),
        "par_bn": lambda: a.ParBnConfig(reduction_factor=6),
        "seq_bn_gelu": lambda: a.SeqBnConfig(reduction_factor=3, non_linearity="gelu", scaling=2.0),
        "seq_bn_leave": lambda: a.SeqBnConfig(reduction_factor=6, leave_out=[1]),
        "double_par": lambda: a.ParBnConfig(reduction_factor=6, mh_adapter=True, scaling=1.0),
    }


def shake(parameters, seed):
    """Every trained number moved, so that none is left where it began."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in parameters:
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.08)


def outputs(model, ids):
    model.eval()
    with torch.no_grad():
        found = model(input_ids=ids)
    if "logits" in found:
        return {"ref": found.logits.contiguous()}
    return {"ref": found.last_hidden_state.contiguous(), "pooled": found.pooler_output.contiguous()}


def seed_of(*parts):
    return zlib.crc32("/".join(map(str, parts)).encode()) % 100000


def load_base(folder, arch):
    return model_class(arch).from_pretrained(os.path.join(folder, "bases", arch), attn_implementation="eager")


def make(folder, seed, only=None, chosen=None):
    os.makedirs(folder, exist_ok=True)
    torch.manual_seed(seed)
    ids = torch.randint(3, 320, IDS)
    save_file({"input_ids": ids}, os.path.join(folder, "in.safetensors"))
    for arch, config in bases().items():
        if only and arch not in only:
            continue
        torch.manual_seed(seed_of(seed, arch))
        model = model_class(arch).from_config(config)
        shake(model.parameters(), seed_of(seed, arch, "base"))
        model.save_pretrained(os.path.join(folder, "bases", arch))
        wanted = lambda rows: {k: v for k, v in rows.items() if chosen is None or k in chosen}
        for name, config_of in wanted(methods(arch, seed)).items():
            keep(folder, arch, name, lambda: make_peft(folder, arch, name, config_of, ids, seed))
        for name, config_of in wanted(bottlenecks()).items():
            keep(folder, arch, name, lambda: make_adapterhub(folder, arch, name, config_of, ids, seed))


def keep(folder, arch, name, run):
    try:
        run()
    except Exception as error:  # the reference itself cannot: said, not hidden
        print(json.dumps({"arch": arch, "method": name, "reference": f"{type(error).__name__}: {str(error)[:160]}"}), flush=True)


def make_peft(folder, arch, name, config_of, ids, seed):
    import peft

    out = os.path.join(folder, "theirs", arch, name)
    torch.manual_seed(seed_of(seed, arch, name))
    config = config_of()
    # The text's tokens are only where an adapter begins; there is no tokenizer here.
    config.inference_mode = name == "prompt_text"
    model = peft.get_peft_model(load_base(folder, arch), config)
    prompts = [x for key, x in model.named_parameters() if "prompt_encoder" in key]
    shake([x for x in model.parameters() if x.requires_grad] or prompts, seed_of(seed, arch, name, "shake"))
    model.save_pretrained(out)
    fresh = peft.PeftModel.from_pretrained(load_base(folder, arch), out)
    save_file(outputs(fresh, ids), os.path.join(out, "ref.safetensors"))


def make_adapterhub(folder, arch, name, config_of, ids, seed):
    import adapters

    out = os.path.join(folder, "theirs", arch, name)
    os.makedirs(os.path.dirname(out), exist_ok=True)
    model = load_base(folder, arch)
    adapters.init(model)
    torch.manual_seed(seed_of(seed, arch, name))
    model.add_adapter("probe", config=config_of())
    shake([x for key, x in model.named_parameters() if ".adapters.probe." in key], seed_of(seed, arch, name, "shake"))
    model.save_adapter(out, "probe", use_safetensors=True)
    save_file(outputs(load_adapterhub(folder, arch, out), ids), os.path.join(out, "ref.safetensors"))


def load_adapterhub(folder, arch, out):
    import adapters

    model = load_base(folder, arch)
    adapters.init(model)
    model.load_adapter(out, use_safetensors=True, set_active=True)
    return model


def check(folder):
    import peft

    ids = load_file(os.path.join(folder, "in.safetensors"))["input_ids"]
    root = os.path.join(folder, "ours")
    for arch in sorted(os.listdir(root)):
        for name in sorted(os.listdir(os.path.join(root, arch))):
            out = os.path.join(root, arch, name)
            row = {"arch": arch, "method": name}
            try:
                mine = load_file(os.path.join(out, "out.safetensors"))
                if os.path.exists(os.path.join(out, "model.safetensors")):
                    model = model_class(arch).from_pretrained(out, attn_implementation="eager")
                elif os.path.exists(os.path.join(out, "adapter.safetensors")):
                    model = load_adapterhub(folder, arch, out)
                else:
                    with warnings.catch_warnings(record=True) as said:
                        warnings.simplefilter("always")
                        model = peft.PeftModel.from_pretrained(load_base(folder, arch), out)
                    missing = [str(w.message)[:200] for w in said if "missing" in str(w.message).lower() or "unexpected" in str(w.message).lower()]
                    if missing:
                        row["warned"] = missing[0]
                ref = outputs(model, ids)
                row["off"] = max(float((ref[key] - mine[key].reshape(ref[key].shape)).abs().max()) for key in mine)
                row["size"] = max(float(ref[key].abs().max()) for key in mine)
            except Exception as error:
                row["error"] = f"{type(error).__name__}: {str(error)[:200]}"
            print(json.dumps(row), flush=True)


if __name__ == "__main__":
    command, folder, *rest = sys.argv[1:]
    torch.set_num_threads(1)
    if command == "make":
        seed, only, chosen = (rest + ["", "", ""])[:3]
        make(folder, int(seed or 0), only.split(",") if only else None, chosen.split(",") if chosen else None)
    else:
        check(folder)
