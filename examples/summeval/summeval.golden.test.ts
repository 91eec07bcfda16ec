import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { agreementWithPeople, dimensions } from "./summeval.ts";

const shared = join(import.meta.dirname, "../../../shared");
const data = join(process.env.LOAM_DATA ?? join(shared, "data"), "rouge/summeval");
const golden = join(process.env.LOAM_GOLDEN ?? join(shared, "golden"), "metrics/summeval/correlations.json");

interface Recorded {
  system: Record<string, number>;
  summary: Record<string, number>;
  summary_articles: number;
}

test.skipIf(!existsSync(data) || !existsSync(golden))(
  "the SummEval table equals the recorded one to 1e-6 (needs LOAM_DATA)",
  { timeout: 120_000 },
  () => {
    const recorded = JSON.parse(readFileSync(golden, "utf8")) as {
      annotators: `${string}_annotations`;
      correlations: Record<string, Record<string, Recorded>>;
    };
    const ours = agreementWithPeople(data, recorded.annotators);
    for (const [variant, byDimension] of Object.entries(recorded.correlations)) {
      for (const dimension of dimensions) {
        const [got, expected] = [ours[variant]![dimension], byDimension[dimension]!];
        for (const name of ["kendall", "spearman", "pearson"] as const) {
          expect(
            Math.abs(got.system[name]! - expected.system[name]!),
            `${variant} ${dimension} system ${name}`,
          ).toBeLessThan(1e-6);
          expect(
            Math.abs(got.summary[name]! - expected.summary[name]!),
            `${variant} ${dimension} summary ${name}`,
          ).toBeLessThan(1e-6);
        }
        expect(got.summaryArticles).toBe(expected.summary_articles);
      }
    }
  },
);
