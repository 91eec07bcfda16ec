import { expect, test } from "vitest";
import { readGolden } from "../../test/golden.ts";
import { bradleyTerry, type PairVote } from "./bradley-terry.ts";

interface Golden {
  cases: { prior: number; votes: [string, string, PairVote["winner"]][]; strengths: Record<string, number> }[];
}

test("Bradley–Terry strengths equal choix's, with ties and with one that never lost", () => {
  const { cases } = readGolden<Golden>("metrics/arena/bradley-terry.json");
  for (const { prior, votes, strengths } of cases) {
    const given = votes.map(([left, right, winner], i): PairVote => ({ row: `${i}`, left, right, winner }));
    const found = bradleyTerry(given, { prior });
    expect(Object.fromEntries(found).s0).toBeTypeOf("number");
    for (const [system, strength] of Object.entries(strengths)) expect(found.get(system)).toBeCloseTo(strength, 5);
  }
});
