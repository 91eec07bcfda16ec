"""Bradley-Terry strengths of pairwise votes, as choix computes them.

    python make_arena.py [--seed N] [--out FOLDER]      # choix, numpy and scipy from PyPI

choix knows no ties: each win is given twice and each tie once in either direction, with twice the penalty, which has the
same optimum as half a win for either side.
"""

import argparse
import importlib.metadata
import json
from pathlib import Path

import choix
import numpy as np


def case(rng, systems, votes, prior, unbeaten=False):
    strengths = rng.normal(size=systems)
    if unbeaten:
        strengths[0] = 50
    rows, data = [], []
    for _ in range(votes):
        i, j = (int(x) for x in rng.choice(systems, 2, replace=False))
        tie = rng.random() < 0.2 and not (unbeaten and 0 in (i, j))
        left = rng.random() < 1 / (1 + np.exp(strengths[j] - strengths[i]))
        rows.append([f"s{i}", f"s{j}", "tie" if tie else "left" if left else "right"])
        winner, loser = (i, j) if left else (j, i)
        data += [(i, j), (j, i)] if tie else [(winner, loser)] * 2
    strength = choix.opt_pairwise(systems, data, alpha=2 * prior, method="Newton-CG", tol=1e-12)
    strength = strength - strength.mean()
    return {"prior": prior, "votes": rows, "strengths": {f"s{i}": float(x) for i, x in enumerate(strength)}}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    cases = [
        case(rng, 2, 15, 0.01),
        case(rng, 4, 60, 0.01),
        case(rng, 8, 400, 0.05),
        case(rng, 5, 40, 0.01, unbeaten=True),
    ]
    versions = {name: importlib.metadata.version(name) for name in ["choix", "numpy", "scipy"]}
    result = {"reference": "choix.opt_pairwise", "versions": versions, "seed": options.seed, "script": "make_arena.py", "cases": cases}
    path = options.out / "metrics/arena/bradley-terry.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
