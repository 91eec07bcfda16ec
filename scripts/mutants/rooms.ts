/** A part of the program whose tests are tried with mutants, with the tests that must notice. */
export interface Room {
  name: string;
  sources: string[];
  tests: string[];
}

const evaluation = ["rouge", "translation", "retrieval", "statistics", "classification", "agreement", "qa"].map(
  (room): Room => ({
    name: `metrics: ${room}`,
    sources: [`packages/evaluation/src/${room}/*.ts`],
    tests: [`packages/evaluation/src/${room}`, "packages/evaluation/src/agreement", "packages/evaluation/src/metrics"],
  }),
);

export const rooms: Room[] = [
  ...evaluation,
  {
    name: "search",
    sources: ["packages/search/src/{fusion,int8-scan,keyword-index,top-k,vector-index,vector-weight,words,dot}.ts"],
    tests: ["packages/search/src", "packages/library/src", "packages/recommend/src"],
  },
  {
    name: "recommendation",
    sources: ["packages/recommend/src/{recommender/diversify,evaluate/*,model/*}.ts"],
    tests: ["packages/recommend/src", "packages/recommend/test/catalogues.test.ts"],
  },
  {
    name: "methods",
    sources: ["packages/peft/src/methods/*/*.ts"],
    tests: [
      "packages/peft/src/merging",
      "packages/peft/src/methods",
      "packages/peft/src/adapter-methods.test.ts",
      "packages/peft/src/config-honoured.test.ts",
    ],
  },
  {
    name: "schedules",
    sources: ["packages/graph/src/optimisers/schedule.ts"],
    tests: ["packages/graph/test/optim.golden.test.ts"],
  },
  {
    name: "work",
    sources: ["packages/work/src/{claim,events,kind,start,work-record,worker}.ts"],
    tests: ["packages/work/test/work.test.ts"],
  },
];

/** Faults that once went unnoticed, by hand: each must be noticed. */
export const known: { name: string; file: string; from: string; to: string; tests: string[] }[] = [
  {
    name: "rsLoRA divides by r instead of its root",
    file: "packages/peft/src/methods/lora/config.ts",
    from: "alpha / Math.sqrt(r)",
    to: "alpha / r",
    tests: ["packages/peft/src/methods.golden.test.ts"],
  },
  {
    name: "the weight of likeness in MMR",
    file: "packages/recommend/src/recommender/diversify.ts",
    from: "- diversity * (nearest",
    to: "- (1 - diversity) * (nearest",
    tests: ["packages/recommend/src"],
  },
  {
    name: "warmup_stable_decay falls over a tenth when nothing is said",
    file: "packages/graph/src/optimisers/schedule.ts",
    from: "decaySteps: totalSteps - warmupSteps",
    to: "decaySteps: Math.round(totalSteps / 10)",
    tests: ["packages/graph/test/optim.golden.test.ts"],
  },
  {
    name: "documents left half read are not taken up again",
    file: "packages/library/src/library/ingest-kind.ts",
    from: '["queued", "reading"]',
    to: '["queued"]',
    tests: ["packages/library/test/library.test.ts"],
  },
];
