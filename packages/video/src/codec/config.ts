import type { CodecNorm } from "./layers.ts";

/** Sizes of a video autoencoder, four times smaller in space and twice in time. */
export interface CodecConfig {
  channels: number;
  /** Side of the squares of pixels that become channels before the first convolution: as many times smaller again. */
  patch?: number;
  width: number;
  latent: number;
  groups: number;
  /** "channels" takes each place by itself and leaves out `groups`; left out, "group". */
  norm?: CodecNorm;
  /** A linear map of each block of pixels beside the convolutions, to the latents and back. */
  shortcut?: boolean;
  causal: boolean;
}

/** Pixels to a latent, along height and width. */
export const codecScale = ({ patch = 1 }: Pick<CodecConfig, "patch">): number => 4 * patch;
