import { expect, test } from "vitest";
import { costQuality } from "./cost-quality.ts";

const system = (
  name: string,
  costUsd: number | null,
  value: number | null,
  direction: "higher" | "lower" = "higher",
) => ({
  ...{ system: name, costUsd, meanMs: 10 },
  metrics: [{ metric: "m", value, direction }],
});

test("the front holds systems that nothing beats in cost and quality; an unknown price is no 0", () => {
  const results = [
    system("free", 0, 0.3),
    system("dear", 2, 0.6),
    system("waste", 3, 0.5),
    system("secret", null, 0.9),
  ];
  const { points, front, unpriced } = costQuality([...results, system("failed", 1, null)], { metric: "m", by: "cost" });
  expect(points.map(({ name }) => name)).toEqual(["free", "dear", "waste"]);
  expect(front.map(({ name }) => name)).toEqual(["free", "dear"]);
  expect(unpriced).toEqual(["secret"]);
  expect(costQuality(results, { metric: "m", by: "time" }).front.map(({ name }) => name)).toEqual(["secret"]);
  const errors = [system("a", 1, 40, "lower"), system("b", 2, 50, "lower")];
  expect(costQuality(errors, { metric: "m", by: "cost" }).front.map(({ name }) => name)).toEqual(["a"]);
});
