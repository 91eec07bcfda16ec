import { expect, test } from "vitest";
import { recordedBatch } from "../../../test/recorded-batches.ts";
import { followTrl, readTrlGolden } from "../../../test/trl-steps.ts";
import { mapTensors, toValue } from "../../numbers/tensor-value.ts";

const golden = readTrlGolden<{
  beta: number;
  label_smoothing: number;
  losses: number[];
  grad_norms_before_clip: number[];
  rewards_accuracies: number[];
  rewards_margins: number[];
}>("dpo");

test.each([
  ["fresh", "single"],
  ["continued", "single"],
  ["continued", "accumulated"],
] as const)("%s adapter, %s batches: ten steps of DPO are TRL's", async (name, batches) => {
  const { beta, label_smoothing, ...expected } = golden.cases[name]!;
  await followTrl(golden, name, {
    options: (initial) => ({
      objective: { type: "dpo", beta, label_smoothing },
      batches,
      // TRL measures an adapter that is trained further against what it was, a fresh one against the base.
      reference: name === "continued" ? mapTensors(initial, toValue) : undefined,
    }),
    batchesOf: (recorded, i) => {
      const whole = recordedBatch(recorded, i);
      const P = whole.B / 2;
      if (batches === "single") return [{ ...whole, pairs: P }];
      return Array.from({ length: P }, (_, p) => ({ ...pick(recorded, i, [p, P + p]), pairs: 1 }));
    },
    expectOf: ({ told }, i) => {
      expect(told!.rewardMargin, `margin of step ${i}`).toBeCloseTo(expected.rewards_margins[i]!, 4);
      expect(told!.rewardAccuracy, `accuracy of step ${i}`).toBeCloseTo(expected.rewards_accuracies[i]!, 5);
    },
    tolerance: { loss: 1e-5 },
  });
});

/** Some rows of a recorded batch. */
function pick(recorded: Parameters<typeof recordedBatch>[0], step: number, rows: readonly number[]) {
  const parts = rows.map((row) => recordedBatch(recorded, step, { from: row, to: row + 1 }));
  const join = (of: (part: (typeof parts)[number]) => Int32Array) =>
    Int32Array.from(parts.flatMap((part) => Array.from(of(part))));
  return {
    B: rows.length,
    T: parts[0]!.T,
    ids: join(({ ids }) => ids),
    labels: join(({ labels }) => labels),
    positions: join(({ positions }) => positions),
    segments: join(({ segments }) => segments),
    supervised: parts.reduce((sum, { supervised }) => sum + supervised, 0),
  };
}
