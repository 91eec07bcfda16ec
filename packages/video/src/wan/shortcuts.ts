import { expand, pad, reduceMean, reshape, slice, type Tensor, transpose } from "@loam/graph";

type Clip = [B: number, C: number, F: number, H: number, W: number];

/** How a level of the residual autoencoder changes a clip: frames and sides by a factor, and the channels that it ends with. */
interface LevelFactors {
  time: number;
  space: number;
  channels: number;
}

/**
 * Space and time folded into channels, then neighbouring channels averaged to as many as asked (arXiv:2410.10733 §3.1). Zero frames
 * stand in front where the frames do not divide.
 *
 * @param x [B, C, F, H, W]
 * @returns [B, channels, ⌈F/time⌉, H/space, W/space]
 */
export function averagedShortcut(x: Tensor, { time, space, channels }: LevelFactors): Tensor {
  const [B, C, F, H, W] = x.shape as Clip;
  const front = (time - (F % time)) % time;
  const none = [0, 0] as const;
  const padded = front === 0 ? x : pad(x, { pads: [none, none, [front, 0], none, none] });
  const [f, h, w] = [(F + front) / time, H / space, W / space];
  const apart = reshape(padded, [B, C, f, time, h, space, w, space]);
  const folded = transpose(apart, [0, 1, 3, 5, 7, 2, 4, 6]); // [B, C, time, space, space, f, h, w]
  const groups = reshape(folded, [B, channels, (C * time * space * space) / channels, f, h, w]);
  return reduceMean(groups, { axes: [2], keepdims: false });
}

/**
 * Channels repeated, then unfolded into space and time: the way back of {@link averagedShortcut}. The frames that would stand before
 * the first one are left out.
 *
 * @param x [B, C, F, H, W]
 * @returns [B, channels, F·time - (time - 1), H·space, W·space]
 */
export function repeatedShortcut(x: Tensor, { time, space, channels }: LevelFactors): Tensor {
  const [B, C, F, H, W] = x.shape as Clip;
  const repeats = (channels * time * space * space) / C;
  const each = expand(reshape(x, [B, C, 1, F, H, W]), [B, C, repeats, F, H, W]);
  const apart = transpose(reshape(each, [B, channels, time, space, space, F, H, W]), [0, 1, 5, 2, 6, 3, 7, 4]);
  const unfolded = reshape(apart, [B, channels, F * time, H * space, W * space]);
  return time === 1 ? unfolded : slice(unfolded, { axes: [2], starts: [time - 1], ends: [F * time] });
}

/** [B, C, F, H, W] → [B, C·p·p, F, H/p, W/p]; the column of a pixel inside its patch comes before its row. */
export function pixelsToChannels(x: Tensor, patch: number): Tensor {
  if (patch === 1) return x;
  const [B, C, F, H, W] = x.shape as Clip;
  const apart = reshape(x, [B, C, F, H / patch, patch, W / patch, patch]);
  return reshape(transpose(apart, [0, 1, 6, 4, 2, 3, 5]), [B, C * patch * patch, F, H / patch, W / patch]);
}

/** The inverse of {@link pixelsToChannels}. */
export function channelsToPixels(x: Tensor, patch: number): Tensor {
  if (patch === 1) return x;
  const [B, C, F, H, W] = x.shape as Clip;
  const colours = C / (patch * patch);
  const apart = reshape(x, [B, colours, patch, patch, F, H, W]);
  return reshape(transpose(apart, [0, 1, 4, 5, 3, 6, 2]), [B, colours, F, H * patch, W * patch]);
}
