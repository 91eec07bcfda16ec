"""Draws the charts of `npm run bench charts` with matplotlib, and writes what they show: python matplotlib-charts.py OUT

Each chart is a page in a PDF of its own. `matplotlib.json` has for each `file`, `kind`, the `range` of its value axis
(`log` where that is logarithmic) and its `values`: series → category → number.
"""

import json
import random
import sys
from pathlib import Path

import matplotlib

matplotlib.use("pdf")
import matplotlib.pyplot as plt
import numpy as np

out = Path(sys.argv[1])
charts = []
random.seed(14)
crops = ["Oats", "Rye", "Wheat", "Barley", "Flax", "Hemp", "Peas", "Clover"]
towns = ["Lund", "Malmberg", "Vardo", "Hull", "Skagen", "Brest"]
series_names = ["North", "South", "East", "West"]


def numbers(n, low=5, high=95, digits=1):
    return [round(random.uniform(low, high), digits) for _ in range(n)]


def save(figure, name, kind, values, axis, log=False, caption="Figure 1: Yields of the trial plots."):
    figure.text(0.02, -0.03, caption, fontsize=9)
    figure.savefig(out / f"{name}.pdf", bbox_inches="tight")
    plt.close(figure)
    low, high = axis
    charts.append({"file": f"{name}.pdf", "tool": "matplotlib", "kind": kind, "range": [low, high], "log": log, "values": values})


def plain(names, values):
    return {"": dict(zip(names, values))}


def bars(name, style="default", horizontal=False, labels=None, n=5, log=False, negative=False, colour=None, grid=False, spines=True, fmt="%.1f"):
    with plt.style.context(style):
        figure, axes = plt.subplots(figsize=(max(5, 0.85 * n), 3.2))
        names = crops[:n]
        values = numbers(n)
        if log:
            values = [float(f"{10 ** random.uniform(0.5, 4):.3g}") for _ in names]
        if negative:
            values = [v if i % 2 else -v for i, v in enumerate(values)]
        drawn = (axes.barh if horizontal else axes.bar)(names, values, color=colour)
        if log:
            (axes.set_xscale if horizontal else axes.set_yscale)("log")
        if labels:
            axes.bar_label(drawn, fmt=fmt, label_type=labels)
        if grid:
            axes.grid(axis="x" if horizontal else "y")
        if not spines:
            axes.spines[["top", "right"]].set_visible(False)
        axes.set_title("Yield by crop")
        (axes.set_xlabel if horizontal else axes.set_ylabel)("Tonnes")
        save(figure, name, "barh" if horizontal else "bar", plain(names, values), axes.get_xlim() if horizontal else axes.get_ylim(), log)


def grouped(name, k=2, n=4, horizontal=False, labels=False, style="default", legend="best", ncol=1):
    with plt.style.context(style):
        figure, axes = plt.subplots(figsize=(5.6, 3.4))
        names, at, width = crops[:n], np.arange(n), 0.8 / k
        values = {}
        for i in range(k):
            own = numbers(n)
            values[series_names[i]] = dict(zip(names, own))
            place = at + (i - (k - 1) / 2) * width
            drawn = axes.barh(place, own, width, label=series_names[i]) if horizontal else axes.bar(place, own, width, label=series_names[i])
            if labels:
                axes.bar_label(drawn, fontsize=7)
        (axes.set_yticks if horizontal else axes.set_xticks)(at, names)
        (axes.set_xlabel if horizontal else axes.set_ylabel)("Tonnes")
        if legend == "right":
            axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
        elif legend == "top":
            axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncol=k)
        else:
            axes.legend(loc=legend, ncol=ncol)
        save(figure, name, "grouped", values, axes.get_xlim() if horizontal else axes.get_ylim())


def stacked(name, k=3, n=4, horizontal=False, labels=False, style="default"):
    with plt.style.context(style):
        figure, axes = plt.subplots(figsize=(5.2, 3.4))
        names, values = crops[:n], {}
        base = np.zeros(n)
        for i in range(k):
            own = numbers(n, 10, 60)
            values[series_names[i]] = dict(zip(names, own))
            drawn = axes.barh(names, own, left=base, label=series_names[i]) if horizontal else axes.bar(names, own, bottom=base, label=series_names[i])
            if labels:
                axes.bar_label(drawn, label_type="center", fontsize=8)
            base = base + own
        axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
        (axes.set_xlabel if horizontal else axes.set_ylabel)("Tonnes")
        save(figure, name, "stacked", values, axes.get_xlim() if horizontal else axes.get_ylim())


def lines(name, k=2, n=6, log=False, marker="o", years=True, direct=False, style="default", grid=False, labels=False, dash=False, cut=None):
    with plt.style.context(style):
        figure, axes = plt.subplots(figsize=(5.4, 3.4))
        at = [2015 + i for i in range(n)] if years else list(range(1, n + 1))
        values = {}
        for i in range(k):
            own = numbers(n, *(cut or (5, 95)))
            if log:
                own = [float(f"{10 ** random.uniform(0.5, 4):.3g}") for _ in at]
            values[series_names[i] if k > 1 else ""] = {str(x): y for x, y in zip(at, own)}
            axes.plot(at, own, marker=marker, label=series_names[i], linestyle=["-", "--", ":", "-."][i] if dash else "-")
            if labels:
                for x, y in zip(at, own):
                    axes.annotate(f"{y}", (x, y), textcoords="offset points", xytext=(0, 6), ha="center", fontsize=7)
            if direct:
                axes.text(at[-1] + 0.1, own[-1], series_names[i], va="center")
        if log:
            axes.set_yscale("log")
        axes.set_xticks(at)
        if k > 1 and not direct:
            axes.legend()
        if grid:
            axes.grid(True)
        axes.set_ylabel("Visitors")
        save(figure, name, "line", values, axes.get_ylim(), log)


def scatter(name, k=1, n=8, style="default", log=False):
    with plt.style.context(style):
        figure, axes = plt.subplots(figsize=(5, 3.6))
        values = {}
        for i in range(k):
            xs, ys = sorted(numbers(n, 2, 48)), numbers(n)
            axes.scatter(xs, ys, label=series_names[i])
            values[series_names[i] if k > 1 else ""] = {str(x): y for x, y in zip(xs, ys)}
        if k > 1:
            axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
        axes.set_xlabel("Age (years)")
        axes.set_ylabel("Height (cm)")
        save(figure, name, "scatter", values, axes.get_ylim())
        charts[-1]["along"] = list(axes.get_xlim())


def pie(name, n=4, ring=False, percent=True, legend=False, explode=False):
    figure, axes = plt.subplots(figsize=(4.6, 3.6))
    values = numbers(n, 10, 60)
    names = crops[:n]
    options = {"wedgeprops": {"width": 0.4}} if ring else {}
    if explode:
        options["explode"] = [0.08] + [0] * (n - 1)
    axes.pie(values, labels=None if legend else names, autopct="%.1f%%" if percent else None, **options)
    if legend:
        axes.legend(names, loc="center left", bbox_to_anchor=(1, 0.5))
    total = sum(values)
    save(figure, name, "pie", plain(names, [100 * v / total for v in values]), (0, 100))


bars("m-bar")
bars("m-bar-labels", labels="edge")
bars("m-bar-inside", labels="center")
bars("m-bar-8", n=8, style="ggplot")
bars("m-bar-3", n=3, spines=False)
bars("m-bar-log", log=True)
bars("m-bar-negative", negative=True, n=6)
bars("m-bar-grid", grid=True, style="bmh")
bars("m-bar-dark", style="dark_background")
bars("m-bar-seaborn", style="seaborn-v0_8-whitegrid")
bars("m-bar-colours", colour=["#446", "#a33", "#393", "#aa4", "#b6b"])
bars("m-barh", horizontal=True)
bars("m-barh-labels", horizontal=True, labels="edge", n=6)
bars("m-barh-log", horizontal=True, log=True)
bars("m-barh-538", horizontal=True, style="fivethirtyeight")
bars("m-barh-negative", horizontal=True, negative=True, n=6)
grouped("m-grouped")
grouped("m-grouped-3", k=3, legend="right")
grouped("m-grouped-4", k=4, n=5, legend="top")
grouped("m-grouped-h", horizontal=True, legend="right")
grouped("m-grouped-labels", labels=True, legend="right")
grouped("m-grouped-ggplot", style="ggplot", k=3, legend="top")
stacked("m-stacked")
stacked("m-stacked-labels", labels=True)
stacked("m-stacked-h", horizontal=True)
stacked("m-stacked-2", k=2, n=6, style="seaborn-v0_8")
lines("m-line")
lines("m-line-1", k=1)
lines("m-line-3", k=3, grid=True)
lines("m-line-log", k=2, log=True)
lines("m-line-bare", marker=None)
lines("m-line-direct", direct=True)
lines("m-line-dash", dash=True, k=3)
lines("m-line-labels", k=1, labels=True)
lines("m-line-cut", cut=(60, 70), style="ggplot")
lines("m-line-squares", marker="s", style="bmh")
lines("m-line-index", years=False, n=9)
scatter("m-scatter")
scatter("m-scatter-2", k=2)
scatter("m-scatter-ggplot", style="ggplot", n=12)
pie("m-pie")
pie("m-pie-legend", legend=True)
pie("m-pie-bare", percent=False, n=5)
pie("m-ring", ring=True)
pie("m-pie-exploded", explode=True, n=5)

(out / "matplotlib.json").write_text(json.dumps(charts))
