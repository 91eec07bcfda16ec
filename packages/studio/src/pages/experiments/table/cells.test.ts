import { expect, test } from "vitest";
import type { Run } from "../../../api/experiments.ts";
import { cellOf, filterName, groupRuns, showCell, toFilter } from "./cells.ts";

const run = (id: string, opt: string, loss: number | string): Run => ({
  ...{ id, externalId: null, kind: "mlflow", experiment: "e", name: id, status: "finished", summary: {}, tags: {} },
  ...{ createdAt: "", startedAt: null, finishedAt: null, deleted: false, archived: false, error: null },
  params: { opt, "a.b": true },
  metrics: { loss: { value: loss, step: 1, min: null, max: null } },
});

test("a cell is what a run has, NaN as it was logged", () => {
  expect(cellOf(run("a", "adam", "NaN"), "metrics.loss")).toBe("NaN");
  expect(cellOf(run("a", "adam", 1), "params.a.b")).toBe("true");
  expect(cellOf(run("a", "adam", 1), "tags.x")).toBeUndefined();
  expect([0.123456789, 1e-7, 5, 0, undefined].map(showCell)).toEqual(["0.12346", "1.000e-7", "5", "0", ""]);
});

test("groups have the means of what are numbers", () => {
  const groups = groupRuns(
    [run("a", "adam", 1), run("b", "sgd", 9), run("c", "adam", 3), run("d", "adam", "NaN")],
    "params.opt",
  );
  expect(groups.map(({ value, runs, means }) => [value, runs.length, means.loss])).toEqual([
    ["adam", 3, 2],
    ["sgd", 1, 9],
  ]);
});

test("plain words look for a name; names that are no words are quoted", () => {
  expect(toFilter("it's")).toBe("attributes.run_name ILIKE '%it''s%'");
  expect(toFilter("metrics.loss < 0.5")).toBe("metrics.loss < 0.5");
  expect(toFilter(" ")).toBeUndefined();
  expect(filterName("metrics.MAP@10")).toBe("metrics.`MAP@10`");
});
