"""MAUVE of histograms, as mauve-text computes it.

    python make_mauve.py [--seed N] [--out FOLDER]      # mauve-text, numpy and scikit-learn from PyPI (faiss is not used)
"""

import argparse
import importlib.metadata
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
from sklearn.metrics import auc

sys.modules.setdefault("faiss", ModuleType("faiss"))  # imported there, needed for clustering alone
from mauve.compute_mauve import get_divergence_curve_for_multinomials  # noqa: E402


def score(p, q):
    weights = np.linspace(1e-6, 1 - 1e-6, 25)
    x, y = get_divergence_curve_for_multinomials(p / p.sum(), q / q.sum(), weights, 5).T
    by_x, by_y = np.argsort(x), np.argsort(y)
    return float(0.5 * (auc(x[by_x], y[by_x]) + auc(y[by_y], x[by_y])))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    # Of equal histograms all points of the curve are one, and sorting them by rounding errors gives 0.75.
    cases = [([10, 0, 0], [0, 4, 6]), ([3, 7], [7, 3])]
    for k in [2, 5, 20, 100]:
        for sharpness in [0.2, 1, 10]:
            p, q = (rng.multinomial(12 * k, rng.dirichlet([sharpness] * k)).tolist() for _ in range(2))
            if p != q:
                cases.append((p, q))
    rows = [
        {"p": p, "q": q, "mauve": score(np.array(p), np.array(q)), "smoothed": score(np.array(p) + 0.5, np.array(q) + 0.5)}
        for p, q in cases
    ]
    versions = {name: importlib.metadata.version(name) for name in ["mauve-text", "numpy", "scikit-learn"]}
    result = {"reference": "mauve-text", "versions": versions, "seed": options.seed, "script": "make_mauve.py", "cases": rows}
    path = options.out / "metrics/mauve/histograms.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
