import { expect, test } from "vitest";
import { recordedBatch } from "../../../test/recorded-batches.ts";
import { followTrl, readTrlGolden } from "../../../test/trl-steps.ts";
import { advantagesOf } from "../reinforcement/advantages.ts";

const golden = readTrlGolden<{
  beta: number;
  num_iterations: number;
  epsilon?: number;
  group: number;
  losses: number[];
  grad_norms_before_clip: number[];
  rewards: number[][];
  clipped: number[];
}>("grpo");
const sorted = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b);

test.each(["plain", "clipped"])(
  "%s: steps over answers that a policy wrote are TRL's, and so are their advantages",
  async (name) => {
    const { beta, num_iterations, epsilon = 0.2, group, ...expected } = golden.cases[name]!;
    await followTrl(golden, name, {
      options: () => ({
        objective: {
          ...{ type: "grpo", reference: "", group_size: group, max_new_tokens: 8, eval_answers: 1 },
          ...{ clip: epsilon, kl: beta, iterations: num_iterations },
        },
      }),
      batchesOf: (recorded, i) => {
        const batch = recordedBatch(recorded, i);
        const { B, T } = batch;
        const advantages = Array.from(recorded.advantages!.data.subarray(i * B, (i + 1) * B), Number);
        // TRL shuffles the answers of a step, so that they are compared by size.
        const own = advantagesOf(expected.rewards[Math.floor(i / num_iterations)]!, group);
        for (const [k, one] of sorted(own).entries()) expect(one).toBeCloseTo(sorted(advantages)[k]!, 5);
        const old =
          num_iterations > 1
            ? Float32Array.from(recorded.old!.data.subarray(i * B * T, (i + 1) * B * T), Number)
            : undefined;
        return [{ ...batch, written: { advantages, old } }];
      },
      expectOf: ({ told }, i, recorded) => {
        const { B, supervised } = recordedBatch(recorded, i);
        if (supervised === B * 8) expect(told!.clipped, `clipped in step ${i}`).toBeCloseTo(expected.clipped[i]!, 5);
      },
      tolerance: { norm: 1e-3, weights: 2e-3 },
    });
  },
);
