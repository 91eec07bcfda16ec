import { expect, test } from "vitest";
import { recordedBatch } from "../../../test/recorded-batches.ts";
import { followTrl, readTrlGolden } from "../../../test/trl-steps.ts";

const golden = readTrlGolden<{
  beta: number;
  losses: number[];
  grad_norms_before_clip: number[];
  rewards_accuracies: number[];
  rewards_margins: number[];
  nll_losses: number[];
  log_odds_ratios: number[];
}>("orpo");

test.each(Object.entries(golden.cases))("%s: ten steps of ORPO are TRL's", async (name, expected) => {
  await followTrl(golden, name, {
    options: () => ({ objective: { type: "orpo", beta: expected.beta } }),
    batchesOf: (recorded, i) => {
      const batch = recordedBatch(recorded, i);
      return [{ ...batch, pairs: batch.B / 2 }];
    },
    expectOf: ({ told }, i) => {
      expect(told!.rewardMargin, `margin of step ${i}`).toBeCloseTo(expected.rewards_margins[i]!, 4);
      expect(told!.rewardAccuracy, `accuracy of step ${i}`).toBeCloseTo(expected.rewards_accuracies[i]!, 5);
      expect(told!.nll, `cross-entropy of step ${i}`).toBeCloseTo(expected.nll_losses[i]!, 4);
      expect(told!.logOddsRatio, `odds of step ${i}`).toBeCloseTo(expected.log_odds_ratios[i]!, 4);
    },
  });
});
