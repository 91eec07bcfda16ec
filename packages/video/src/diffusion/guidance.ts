import { add, concat, mul, type Operand, slice, split, sub, type Tensor } from "@loam/graph";

/** Classifier-free guidance (arXiv:2207.12598): uncond + g·(cond - uncond). */
export const guide = (conditional: Tensor, unconditional: Tensor, scale: Operand): Tensor =>
  add(unconditional, mul(scale, sub(conditional, unconditional)));

/**
 * Guidance as the published image DiT does it: rows with a label, then the same rows with the null class; only the first
 * `channels` channels are guided (its code names three), the others stay, and the guided rows come back twice.
 *
 * @param output [2B, C', H, W]
 */
export function guideChannels(
  output: Tensor,
  { scale, channels: guided }: { scale: number; channels: number },
): Tensor {
  const total = output.shape[1] as number;
  const part = (from: number, to: number) => slice(output, { axes: [1], starts: [from], ends: [to] });
  const half = (output.shape[0] as number) / 2;
  const [conditional, unconditional] = split(part(0, guided), { axis: 0, sizes: [half, half] });
  const mixed = guide(conditional!, unconditional!, scale);
  const both = concat([mixed, mixed], { axis: 0 });
  return guided === total ? both : concat([both, part(guided, total)], { axis: 1 });
}
