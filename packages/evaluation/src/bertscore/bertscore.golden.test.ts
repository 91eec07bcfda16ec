import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { goldenPath, readGolden } from "../../test/golden.ts";
import { readBaseline } from "./baseline.ts";
import { BertScorer } from "./bert-scorer.ts";
import { idfWeights } from "./idf.ts";
import { openTokenEncoder } from "./open-token-encoder.ts";
import type { TokenEncoder } from "./token-encoder.ts";

interface Scores {
  P: (number | null)[];
  R: (number | null)[];
  F: (number | null)[];
}
interface Cases {
  pairs: [candidate: string, reference: string][];
  groups: { candidate: string; references: string[] }[];
  runs: (Scores & { model: string; num_layers: number; idf: boolean; groups: Scores; batch_of_64: object })[];
  tokens: Record<string, [number[], number[]][]>;
  idf: Record<string, { default: number; by_token: [number, number][] }>;
  single_pair_idf: Record<string, Scores & { pair: [string, string] }>;
  rescaled: Record<string, Scores & { baseline: number[][]; num_layers: number; pairs: number }>;
}
interface MatchingCase {
  model: string;
  num_layers: number;
  pair: number;
  idf: boolean;
  candidate_tokens: string[];
  reference_tokens: string[];
  candidate: { match: number; cosine: number; weight: number }[];
  reference: { match: number; cosine: number; weight: number }[];
  smallest_lead: number;
}

/** float32 forward passes by two engines; the reference's own double-precision pass differs by 2e-6. */
const TOLERANCE = 1e-5;

const opened = new Map<string, Promise<TokenEncoder>>();
function encoderOf(model: string, layer: number): Promise<TokenEncoder> {
  const key = `${model} ${layer}`;
  if (!opened.has(key))
    opened.set(key, openTokenEncoder(goldenPath(`metrics/bertscore/${model}`), { layer, threads: 1 }));
  return opened.get(key)!;
}
afterAll(async () => {
  for (const encoder of opened.values()) await (await encoder).close?.();
});

function hasGolden(): boolean {
  try {
    return existsSync(goldenPath("metrics/bertscore/cases.json"));
  } catch {
    return false;
  }
}

describe.skipIf(!hasGolden())("BERTScore equals bert_score", () => {
  const cases = hasGolden()
    ? readGolden<Cases>("metrics/bertscore/cases.json")
    : ({ runs: [], tokens: {} } as never as Cases);
  const candidates = () => cases.pairs.map(([candidate]) => candidate);
  const references = () => cases.pairs.map(([, reference]) => reference);

  function expectScores(
    rows: { precision: number; recall: number; f: number }[],
    expected: Scores,
    where: string,
    leftOut: readonly number[] = [],
  ): void {
    for (const [i, row] of rows.entries()) {
      if (leftOut.includes(i)) continue;
      for (const [name, got, want] of [
        ["P", row.precision, expected.P[i]],
        ["R", row.recall, expected.R[i]],
        ["F", row.f, expected.F[i]],
      ] as const) {
        if (want === null) expect(got, `${where} ${i} ${name}`).toBeNaN();
        else expect(Math.abs(got - want!), `${where} ${i} ${name}: ${got}, not ${want}`).toBeLessThan(TOLERANCE);
      }
    }
  }

  test.each(Object.keys(cases.tokens))("%s: the same token ids", async (model) => {
    const layer = cases.runs.find((run) => run.model === model)!.num_layers;
    const encoder = await encoderOf(model, layer);
    for (const [i, [candidate, reference]] of cases.pairs.entries()) {
      for (const [text, ids] of [candidate, reference].map(
        (text, side) => [text, cases.tokens[model]![i]![side]!] as const,
      )) {
        const got = encoder.tokenize(text.trim()).ids;
        expect(got.slice(0, ids.length - 1), JSON.stringify(text.slice(0, 80))).toEqual(ids.slice(0, -1));
        if (got.length <= encoder.maxTokens) expect(got).toEqual(ids);
      }
    }
  });

  test.each(cases.runs.map((run) => [`${run.model} layer ${run.num_layers}${run.idf ? " idf" : ""}`, run] as const))(
    "%s: pairs and groups of references",
    async (name, run) => {
      const scorer = new BertScorer(await encoderOf(run.model, run.num_layers), { idf: run.idf, longTexts: "cut" });
      const { rows } = await scorer.score(candidates(), references());
      expectScores(rows, run, name);
      const grouped = await scorer.score(
        cases.groups.map((group) => group.candidate),
        cases.groups.map((group) => group.references),
      );
      expectScores(grouped.rows, run.groups, `${name} group`);
    },
  );

  test.each(Object.entries(cases.idf ?? {}))("%s: idf weights", async (model, expected) => {
    const layer = cases.runs.find((run) => run.model === model)!.num_layers;
    const encoder = await encoderOf(model, layer);
    const maxTokens = encoder.maxTokens;
    const idf = idfWeights(
      references().map((text) => {
        const { ids } = encoder.tokenize(text.trim());
        return ids.length <= maxTokens ? ids : [...ids.slice(0, maxTokens - 1), ids.at(-1)!];
      }),
    );
    expect(idf.default).toBeCloseTo(expected.default, 12);
    expect(idf.byId.size).toBe(expected.by_token.length);
    for (const [id, weight] of expected.by_token) expect(idf.byId.get(id), `token ${id}`).toBeCloseTo(weight, 12);
  });

  test.each(Object.entries(cases.single_pair_idf ?? {}))(
    "%s: one reference with idf has no weights",
    async (model, one) => {
      const layer = cases.runs.find((run) => run.model === model)!.num_layers;
      const scorer = new BertScorer(await encoderOf(model, layer), { idf: true });
      const { rows } = await scorer.score([one.pair[0]], [one.pair[1]]);
      expectScores(rows, one, model);
    },
  );

  test.each(Object.entries(cases.rescaled ?? {}))("%s: rescaled with a baseline file", async (model, expected) => {
    const folder = await mkdtemp(join(tmpdir(), "loam-baseline-"));
    try {
      const path = join(folder, "baseline.tsv");
      await writeFile(path, `LAYER,P,R,F\r\n${expected.baseline.map((row) => row.join(",")).join("\r\n")}\r\n`);
      const scorer = new BertScorer(await encoderOf(model, expected.num_layers), {
        baseline: await readBaseline(path),
        longTexts: "cut",
      });
      const { rows, hash } = await scorer.score(
        candidates().slice(0, expected.pairs),
        references().slice(0, expected.pairs),
      );
      // Recorded with the reference's default batch, where padding replaces a negative best cosine by 0.
      const run = cases.runs.find((run) => run.model === model && run.num_layers === expected.num_layers && !run.idf)!;
      expectScores(rows, expected, model, Object.keys(run.batch_of_64).map(Number));
      expect(hash).toMatch(/_no-idf_version=0\.3\.12\(loam\)-custom-rescaled_cut$/);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("each token finds the same partner", async () => {
    const { cases: matchings } = readGolden<{ cases: MatchingCase[] }>("metrics/bertscore/matching.json");
    for (const one of matchings) {
      const scorer = new BertScorer(await encoderOf(one.model, one.num_layers), { idf: one.idf, longTexts: "cut" });
      const [candidate, reference] = cases.pairs[one.pair]!;
      const got = await scorer.align(candidate, reference, { idfReferences: references() });
      expect(got.hypothesisTokens).toEqual(one.candidate_tokens);
      expect(got.referenceTokens).toEqual(one.reference_tokens);
      for (const [mine, theirs] of [
        [got.hypothesis, one.candidate],
        [got.reference, one.reference],
      ] as const) {
        for (const [i, match] of theirs.entries()) {
          expect(Math.abs(mine[i]!.cosine - match.cosine)).toBeLessThan(TOLERANCE);
          expect(Math.abs(mine[i]!.weight - match.weight)).toBeLessThan(1e-6);
          if (one.smallest_lead > TOLERANCE && theirs === one.candidate) expect(mine[i]!.match).toBe(match.match);
        }
      }
    }
  });
});
