import { Rng } from "@loam/core";
import { expect, test } from "vitest";
import { readGolden } from "../../test/golden.ts";
import { metricFor } from "../metrics/registry.ts";
import { mauve, mauveOfHistograms } from "./mauve.ts";

interface Golden {
  cases: { p: number[]; q: number[]; mauve: number; smoothed: number }[];
}

test("MAUVE of histograms equals mauve-text's, and equal ones score 1", () => {
  const { cases } = readGolden<Golden>("metrics/mauve/histograms.json");
  expect(cases.length).toBeGreaterThan(10);
  for (const { p, q, ...wanted } of cases) {
    const found = mauveOfHistograms(p, q);
    expect(found.mauve).toBeCloseTo(wanted.mauve, 10);
    expect(found.smoothed).toBeCloseTo(wanted.smoothed, 10);
  }
  expect(mauveOfHistograms([10, 5, 5], [10, 5, 5]).mauve).toBeCloseTo(1, 10);
});

test("of texts: the same spread is close to 1, another one is not, and few texts are an error", async () => {
  const rng = new Rng(1);
  const cloud = (n: number, at: number) =>
    Array.from({ length: n }, (_, i) => Float32Array.from([at + (i % 4), rng.uniform(), rng.uniform()]));
  const people = cloud(120, 0);
  expect(mauve(people, cloud(120, 0)).mauve).toBeGreaterThan(0.85);
  expect(mauve(people, cloud(120, 9)).mauve).toBeLessThan(0.05);
  // A model that writes one of four kinds of text only.
  const narrow = Array.from({ length: 120 }, () => Float32Array.from([0, rng.uniform(), rng.uniform()]));
  expect(mauve(people, narrow).mauve).toBeLessThan(0.5);
  expect(() => mauve(people, cloud(1, 0))).toThrow(/at least two on each side/);

  const embedder = {
    id: "letters",
    embed: async (texts: readonly string[]) => texts.map((t) => Float32Array.of(t.length)),
  };
  const rows = ["a", "bb", "ccc", "dddd"].map((text) => ({ prediction: text, references: [text] }));
  const scored = await metricFor("mauve").score(rows, { embedder });
  expect(scored).toMatchObject({ values: [null, null, null, null], signature: "mauve|letters|k-means:2" });
  expect(scored.value).toBeCloseTo(1, 10);
});
