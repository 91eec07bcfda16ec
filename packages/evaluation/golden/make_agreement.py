"""Agreement of raters, calibration, pass@k and METEOR, as scikit-learn, statsmodels, krippendorff and NLTK compute them.

    python make_agreement.py [--seed N] [--out FOLDER]      # scikit-learn, statsmodels, krippendorff, nltk from PyPI

METEOR runs without WordNet (its data is no part of NLTK): "none" knows no synonyms, "given" those of the table in the file.
"""

import argparse
import importlib.metadata
import json
import random
from pathlib import Path
from types import SimpleNamespace

import krippendorff
import numpy as np
from nltk.translate.meteor_score import meteor_score
from sklearn.metrics import brier_score_loss, cohen_kappa_score, matthews_corrcoef
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

PACKAGES = ["scikit-learn", "statsmodels", "krippendorff", "nltk", "numpy"]
LEVELS = ["nominal", "ordinal", "interval", "ratio"]
SYNONYMS = {"big": ["large", "great"], "fast": ["quick"], "quick": ["fast", "rapid"], "car": ["automobile"], "buy": ["purchas"], "stori": ["tale"]}
WORDS = (
    "the a big large great cat cats dog running runs ran quick fast rapid car automobile story stories tale buy purchase "
    "purchased buying reader read , . ! it's New YORK happily happy 12 of on"
).split()


def pairs(rng):
    rows = []
    for labels in (2, 3, 5):
        for n in (4, 17, 60):
            names = [f"{i + 1}" for i in range(labels)]
            first = [rng.choice(names) for _ in range(n)]
            second = [x if rng.random() < 0.6 else rng.choice(names) for x in first]
            rows.append((names, first, second))
    rows += [(["1", "2"], ["1", "1", "2"], ["1", "1", "2"]), (["1", "2"], ["1", "2", "1"], ["2", "1", "2"]), (["1", "2"], ["1", "1", "1"], ["1", "2", "1"])]
    return [
        {
            "labels": names, "first": first, "second": second,
            **{w or "none": float(cohen_kappa_score(first, second, labels=names, weights=w)) for w in (None, "linear", "quadratic")},
            "mcc": float(matthews_corrcoef(second, first)),
        }
        for names, first, second in rows
    ]


def groups(rng):
    rows = []
    for raters, labels, n in ((2, 2, 10), (3, 4, 25), (7, 3, 12)):
        data = [[rng.randrange(1, labels + 1) for _ in range(raters)] for _ in range(n)]
        data = [item if rng.random() < 0.5 else [item[0]] * raters for item in data]
        rows.append({"ratings": data, "kappa": float(fleiss_kappa(aggregate_raters(np.array(data))[0]))})
    return rows


def alphas(rng):
    rows = []
    for raters, values, n, gap in ((2, [1, 2], 12, 0.0), (4, [1, 2, 3, 4, 5], 20, 0.2), (5, [0.5, 1.5, 4, 9], 15, 0.4)):
        truth = [rng.choice(values) for _ in range(n)]
        data = [[None if rng.random() < gap else t if rng.random() < 0.7 else rng.choice(values) for _ in range(raters)] for t in truth]
        matrix = np.array([[np.nan if x is None else x for x in rater] for rater in zip(*data)], dtype=float)
        rows.append({"ratings": data, **{level: float(krippendorff.alpha(matrix, level_of_measurement=level)) for level in LEVELS}})
    return rows


def calibrations(rng):
    rows = []
    for n, bins in ((8, 5), (200, 10), (333, 15)):
        confidences = [round(rng.random(), 4) for _ in range(n - 3)] + [0.0, 1.0, 0.2]
        right = [rng.random() < c**1.5 for c in confidences]
        edges = np.linspace(0, 1, bins + 1)  # (from, to], as the paper has them
        c, r = np.array(confidences), np.array(right, dtype=float)
        place = np.clip(np.searchsorted(edges, c, side="left") - 1, 0, bins - 1)
        gaps = [(np.mean(place == b), abs(c[place == b].mean() - r[place == b].mean())) for b in range(bins) if (place == b).any()]
        rows.append({
            "confidences": confidences, "right": right, "bins": bins, "error": float(sum(w * g for w, g in gaps)),
            "maximum_error": float(max(g for _, g in gaps)), "brier": float(brier_score_loss(r, c)),
        })
    return rows


def passes():
    """The estimator as HumanEval's evaluation has it."""
    estimate = lambda n, c, k: 1.0 if n - c < k else float(1.0 - np.prod(1.0 - k / np.arange(n - c + 1, n + 1)))
    return [{"n": n, "c": c, "k": k, "pass": estimate(n, c, k)} for n in (1, 5, 20, 200) for c in sorted({0, 1, n // 3, n}) for k in sorted({1, n // 2 or 1, n})]


def meteors(rng):
    lemma = lambda name: SimpleNamespace(name=lambda: name)
    lexicon = lambda table: SimpleNamespace(synsets=lambda word: [SimpleNamespace(lemmas=lambda: [lemma(s) for s in table.get(word, [])])])
    rows = []
    for n in range(120):
        reference = [[rng.choice(WORDS) for _ in range(rng.randrange(0 if n % 9 == 0 else 1, 16))] for _ in range(1 + n % 3)]
        hypothesis = [w if rng.random() < 0.7 else rng.choice(WORDS) for w in reference[0]] if n % 2 else [rng.choice(WORDS) for _ in range(rng.randrange(0, 16))]
        rows.append({
            "hypothesis": hypothesis, "references": reference,
            "none": meteor_score(reference, hypothesis, wordnet=lexicon({})),
            "given": meteor_score(reference, hypothesis, wordnet=lexicon(SYNONYMS)),
            "other": meteor_score(reference, hypothesis, wordnet=lexicon({}), alpha=0.8, beta=1.5, gamma=0.4),
        })
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261128)
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent / "metrics/agreement")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    body = {
        "reference": "scikit-learn, statsmodels, krippendorff, NLTK", "version": ", ".join(f"{p} {importlib.metadata.version(p)}" for p in PACKAGES),
        "seed": args.seed, "script": Path(__file__).name, "pairs": pairs(rng), "groups": groups(rng), "alphas": alphas(rng),
        "calibrations": calibrations(rng), "passes": passes(), "synonyms": SYNONYMS, "meteors": meteors(rng),
    }
    clean = lambda x: None if isinstance(x, float) and x != x else x
    body["pairs"] = [{k: clean(v) for k, v in row.items()} for row in body["pairs"]]
    args.out.mkdir(parents=True, exist_ok=True)
    lines = lambda rows: "[\n" + ",\n".join("  " + json.dumps(r, ensure_ascii=False) for r in rows) + "\n ]"
    text = ",\n".join(f' "{k}": {lines(v) if isinstance(v, list) else json.dumps(v)}' for k, v in body.items())
    (args.out / "agreement.json").write_text("{\n" + text + "\n}\n", encoding="utf-8")
