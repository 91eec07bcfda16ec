import { readFile } from "node:fs/promises";
import { InputError, NotFoundError } from "@loam/core";
import type { PrfScore } from "../scores/prf.ts";

/** What unrelated texts score, by layer. */
export interface Baseline {
  /** `custom` for a file of the caller's. */
  name: string;
  byLayer: ReadonlyMap<number, PrfScore>;
}

/**
 * Reads a baseline in `bert_score`'s format: `LAYER,P,R,F` with one line per layer (its files end in .tsv and hold commas).
 *
 * @throws {InputError} `bad_baseline` with the line.
 */
export async function readBaseline(path: string, { name = "custom" }: { name?: string } = {}): Promise<Baseline> {
  const text = await readFile(path, "utf8").catch((cause) => {
    throw new NotFoundError("baseline", path, { cause, hint: "check the path" });
  });
  const byLayer = new Map<number, PrfScore>();
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (i === 0 || line.trim() === "") continue;
    const [layer, precision, recall, f, ...rest] = line.split(/[,\t]/).map(Number);
    if (rest.length > 0 || ![layer, precision, recall, f].every(Number.isFinite)) {
      throw new InputError(
        "bad_baseline",
        `${path}, line ${i + 1}: expected LAYER,P,R,F, got ${JSON.stringify(line)}.`,
        {
          details: { path, line: i + 1 },
        },
      );
    }
    byLayer.set(layer!, { precision: precision!, recall: recall!, f: f! });
  }
  return { name, byLayer };
}

/**
 * (score − baseline) / (1 − baseline), precision, recall and F each with its own baseline.
 *
 * @throws {InputError} `bad_baseline` when the baseline lacks the layer.
 */
export function rescale(score: PrfScore, { byLayer }: Baseline, layer: number): PrfScore {
  const base = byLayer.get(layer);
  if (!base) {
    throw new InputError(
      "bad_baseline",
      `The baseline has no layer ${layer}; it has ${[...byLayer.keys()].join(", ")}.`,
      {
        hint: "take the baseline of this model, or another layer",
      },
    );
  }
  const one = (value: number, low: number): number => (value - low) / (1 - low);
  return {
    precision: one(score.precision, base.precision),
    recall: one(score.recall, base.recall),
    f: one(score.f, base.f),
  };
}
