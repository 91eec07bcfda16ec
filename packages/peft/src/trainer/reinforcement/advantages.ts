/**
 * How much better each answer is than the others of its group: its reward less the group's mean, in the group's standard
 * deviations (arXiv:2402.03300 §4.1.2; n - 1 below it, and 1e-4 beside it, as in TRL). Where all are alike, nothing is learned.
 *
 * @param rewards those of a group, one group after the other
 */
export function advantagesOf(rewards: readonly number[], groupSize: number): number[] {
  return rewards.map((reward, i) => {
    const start = Math.floor(i / groupSize) * groupSize;
    const { mean, deviation } = spreadOf(rewards.slice(start, start + groupSize));
    return (reward - mean) / (deviation + 1e-4);
  });
}

/** Mean and standard deviation, with n - 1 below it. */
export function spreadOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: Math.sqrt(squares / Math.max(1, values.length - 1)) };
}
