import { expect, test } from "vitest";
import { matchesOf, type Target } from "./matches.ts";

const targets: Target[] = [
  { group: "runs", to: "/r/1", name: "lora-water", detail: "finished" },
  { group: "pages", to: "/traces", name: "Traces" },
  { group: "documents", to: "/d/1", name: "Who Keeps the Water?" },
  { group: "documents", to: "/d/2", name: "Water and soil" },
];

test("every word must be there, in any order and case, and what begins with the query comes first in its group", () => {
  expect(matchesOf(targets, "water").map(({ to }) => to)).toEqual(["/d/2", "/d/1", "/r/1"]);
  expect(matchesOf(targets, "WATER keeps").map(({ to }) => to)).toEqual(["/d/1"]);
  expect(matchesOf(targets, "finished lora").map(({ to }) => to)).toEqual(["/r/1"]);
  expect(matchesOf(targets, "nothing")).toEqual([]);
});

test("without a query there are a few of each group, pages first", () => {
  const many = Array.from({ length: 40 }, (_, n): Target => ({ group: "traces", to: `/t/${n}`, name: `t${n}` }));
  const found = matchesOf([...many, ...targets], "");
  expect(found[0]!.group).toBe("pages");
  expect(found.filter(({ group }) => group === "traces")).toHaveLength(6);
});
