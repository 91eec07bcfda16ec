import { expect, test } from "vitest";
import { recordedBatch } from "../../../test/recorded-batches.ts";
import { followTrl, readTrlGolden } from "../../../test/trl-steps.ts";

const golden = readTrlGolden<{
  beta: number;
  desirable_weight?: number;
  undesirable_weight?: number;
  losses: number[];
  grad_norms_before_clip: number[];
  kl: number[];
}>("kto");

test.each(Object.entries(golden.cases))("%s: ten steps of KTO are TRL's", async (name, expected) => {
  const { beta, desirable_weight = 1, undesirable_weight = 1 } = expected;
  await followTrl(golden, name, {
    options: () => ({ objective: { type: "kto", beta, desirable_weight, undesirable_weight } }),
    batchesOf: (recorded, i) => {
      const batch = recordedBatch(recorded, i);
      const rows = batch.B / 2;
      const desirable = recorded.desirable!.data.subarray(i * rows, (i + 1) * rows);
      return [{ ...batch, judged: Array.from(desirable, (label) => label === 1) }];
    },
    expectOf: ({ told }, i) =>
      expect(Math.abs(told!.rewardKl! - expected.kl[i]!), `reference point of step ${i}`).toBeLessThan(1e-4),
  });
});
