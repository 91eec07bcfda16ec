import type { Measured, RecommendationReport } from "@loam/evaluation";
import { evaluateRecommendationOperation } from "@loam/evaluation/operations";
import { argument, command } from "../../command/command.ts";
import { operationOptions } from "../../command/operation-options.ts";

export const evaluateRecommendationCommand = command({
  name: "evaluate",
  summary: "Measure recommendation on a catalogue's ratings against four other ways",
  description: evaluateRecommendationOperation.description,
  args: { catalogue: argument("name of a catalogue with ratings (`loam catalogue ls`)") },
  options: operationOptions(evaluateRecommendationOperation, {
    k: { short: "k" },
    readers: {},
    seed: {},
    collaborativeItems: {},
  }),
  examples: [
    ["recommend evaluate books", "recall, nDCG, MAP, coverage, novelty and popularity with intervals"],
    ["recommend evaluate books -k 10 --seed 2 --json", "another split, lists of ten, one JSON document"],
  ],
  run: async ({ catalogue, k, readers, seed, collaborativeItems, home }, io) => {
    const [{ openWorkspace }, { openCatalogues }, { table }] = await Promise.all([
      import("../../command/workspace.ts"),
      import("@loam/recommend"),
      import("../../terminal/table.ts"),
    ]);
    await using workspace = await openWorkspace({ home, io });
    const report = await evaluateRecommendationOperation.call(
      { catalogues: openCatalogues({ store: workspace.store }) },
      { catalogue, k, readers, seed, collaborativeItems },
      { signal: io.signal, progress: io.progress },
    );
    io.result(report, () => `${table(rowsOf(report))}\n\n${verdictOf(report)}\n`);
  },
});

function rowsOf({ systems, k }: RecommendationReport): (string | number)[][] {
  const head = [
    "",
    `recall@${k}`,
    `nDCG@${k}`,
    `MAP@${k}`,
    "coverage",
    "novelty",
    "popularity",
    "cold readers",
    "cold items",
  ];
  return [
    head,
    ...systems.map(({ name, setting, recall, ndcg, map, coldReaders, coldItems, ...lists }) => [
      setting ? `${name} (${setting.name} ${setting.value})` : name,
      ...[recall, ndcg, map].map(shown),
      `${(100 * lists.coverage).toFixed(1)} %`,
      `${lists.noveltyBits.toFixed(1)} bits`,
      `${lists.popularityLift >= 0 ? "+" : "−"}${Math.abs(100 * lists.popularityLift).toFixed(0)} %`,
      coldReaders ? shown(coldReaders.recall) : "",
      coldItems ? shown(coldItems.recall) : "",
    ]),
  ];
}

function shown({ mean, low, high }: Measured): string {
  return `${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

function verdictOf({ split, seed, againstBest, k }: RecommendationReport): string {
  const { name, difference, interval, pValue } = againstBest;
  const verdict = interval.low > 0 ? "better than" : interval.high < 0 ? "worse than" : "not told apart from";
  return [
    `Loam is ${verdict} ${name}: nDCG@${k} ${difference >= 0 ? "+" : "−"}${Math.abs(difference).toFixed(4)} [${interval.low.toFixed(4)}, ${interval.high.toFixed(4)}], p ${pValue.toFixed(4)}.`,
    `${split.testReaders} test readers, ${split.validationReaders} to choose settings by, ${split.trainLikes} likes of ${split.items} items learned from; cold items: ${split.coldItems}; seed ${seed}. Intervals: 95 %.`,
  ].join("\n");
}
