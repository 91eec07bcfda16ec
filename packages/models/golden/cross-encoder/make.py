"""Random cross-encoders and their scores by transformers: python make.py (beside it: bert/, roberta/)."""

import json
import os

import torch
import transformers
from transformers import BertConfig, BertForSequenceClassification, RobertaConfig, RobertaForSequenceClassification
from transformers import BertTokenizerFast

here = os.path.dirname(os.path.abspath(__file__))
words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"] + list("abcdefghijklmnopqrstuvwxyz0123456789.,?") + [
    "##" + letter for letter in "abcdefghijklmnopqrstuvwxyz0123456789"
] + ["how", "deep", "the", "probes", "were", "water", "soil", "is", "in", "of", "##ing", "##ly"]
query = "How deep were the probes?"
passages = [
    "The probes were 12 cm deep in the soil.",
    "Water is wet.",
    "Nothing of the kind was measured here, " + "and so on, " * 40,
    "",
]


def write(name, model, config):
    folder = os.path.join(here, name)
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "vocab.txt"), "w") as file:
        file.write("\n".join(words) + "\n")
    tokenizer = BertTokenizerFast(vocab_file=os.path.join(folder, "vocab.txt"), do_lower_case=True, model_max_length=64)
    tokenizer.save_pretrained(folder)
    os.remove(os.path.join(folder, "vocab.txt")) if os.path.exists(os.path.join(folder, "tokenizer.json")) else None
    model.eval()
    model.save_pretrained(folder)
    encoded = tokenizer([query] * len(passages), passages, padding=True, truncation=True, max_length=64, return_tensors="pt")
    if name == "roberta":
        encoded["token_type_ids"] = torch.zeros_like(encoded["input_ids"])
    with torch.no_grad():
        scores = model(**encoded).logits[:, 0].tolist()
    golden = {
        "reference": "transformers", "version": transformers.__version__, "seed": 7, "script": "../make.py",
        "query": query, "passages": passages, "scores": scores,
    }
    with open(os.path.join(folder, "golden.json"), "w") as file:
        json.dump(golden, file, indent=1)
        file.write("\n")


torch.manual_seed(7)
sizes = dict(vocab_size=len(words), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
             num_labels=1, initializer_range=0.6)
config = BertConfig(max_position_embeddings=64, **sizes)
write("bert", BertForSequenceClassification(config), config)
config = RobertaConfig(max_position_embeddings=80, type_vocab_size=1, pad_token_id=0, **sizes)
write("roberta", RobertaForSequenceClassification(config), config)
