import { configDefaults, defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/**
 * The files that take longest and stand beside others on the same ground. `LOAM_SKIP_SLOW=1` leaves them out, so that
 * continuous integration ends in time; `npm test` runs them.
 */
const slow = [
  "packages/cli/test/adapters-in-chat.test.ts",
  "packages/cli/test/evaluate.test.ts",
  "packages/cli/test/local-models.test.ts",
  "packages/cli/test/sample.test.ts",
  "packages/server/test/killed-server.test.ts",
  "packages/server/test/video-training.test.ts",
  "packages/studio/test/recommend.test.ts",
  "packages/studio/test/tune.test.ts",
  "packages/studio/test/workbench.test.ts",
  "packages/cli/test/evaluate-datasets.test.ts",
  "packages/cli/test/tune.test.ts",
  "packages/cli/test/workers.test.ts",
  "packages/cli/test/catalogue.test.ts",
  "packages/cli/test/up.test.ts",
  "packages/server/test/machines.test.ts",
  "packages/studio/test/evaluations.test.ts",
  "packages/peft/src/trainer/steps/checkpointing.test.ts",
  "packages/library/test/crash.test.ts",
  "packages/recommend/test/recommend.golden.test.ts",
  "packages/recommend/src/model/item-model.golden.test.ts",
];

/** Files of a minute and more: they begin first, so that at the end no worker waits for one that began last. */
const long = [
  "test/published.test.ts",
  "packages/studio/test/",
  "packages/cli/test/",
  "packages/server/test/",
  "packages/server/src/surfaces/",
  "packages/work/test/",
  "examples/",
  "packages/store/test/",
  "packages/peft/src/trainer/",
];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const at = long.findIndex((part) => moduleId.includes(part));
      return at < 0 ? long.length : at;
    };
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

export default defineConfig({
  test: {
    include: [
      "packages/*/src/**/*.test.ts",
      "packages/*/src/**/*.test.tsx",
      "packages/*/test/**/*.test.ts",
      "test/**/*.test.ts",
      "examples/**/*.test.ts",
    ],
    exclude: [...configDefaults.exclude, ...(process.env.LOAM_SKIP_SLOW ? slow : [])],
    testTimeout: 180_000,
    hookTimeout: 240_000,
    pool: "forks",
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    // Where others wait for the verdict, a test may fail once: the report names those that did. At home none may.
    retry: process.env.LOAM_SKIP_SLOW ? 1 : 0,
  },
});
