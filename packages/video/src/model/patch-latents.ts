import { setImmediate as breathe } from "node:timers/promises";
import { type ClipSize, patchGrid } from "../patches/patchify.ts";
import { openClipSpace } from "./clip-space.ts";
import type { VideoModel } from "./video-model.ts";

/** A clip as a model takes it in, and what of it is still there. */
export interface PatchLatents {
  /** Numbers of one patch in the clip, and as the model holds it. */
  valuesPerPatch: number;
  latentsPerPatch: number;
  patches: number;
  /** The clip [F, C, H, W] as it can be had back from its latents. */
  restored: Float32Array;
}

/**
 * A clip taken into a model's own space and back. Through a codec, where there is one; otherwise each spacetime patch x becomes the latents Wx + b of the model's first
 * layer, and of all patches that have these latents the one nearest to zero is given, Wᵀ(WWᵀ)⁻¹Wx. What is lost is what
 * the model cannot see. Other work goes on between its parts.
 *
 * @param clip [F, C, H, W]
 */
export async function patchLatents(model: VideoModel, size: ClipSize, clip: Float32Array): Promise<PatchLatents> {
  if (model.codec) return await codecLatents(model, size, clip);
  const { patch, channels } = model.dit;
  const [pt, ph, pw] = patch;
  const grid = patchGrid(size, patch);
  const { shape, data: weight } = model.weights["patch_embed.weight"]!;
  const [latents, values] = shape as [number, number];
  const solve = await choleskySolver(await gram(weight, latents, values), latents);
  const restored = new Float32Array(clip.length);
  const [indices, x, y] = [new Int32Array(values), new Float64Array(values), new Float64Array(latents)];
  for (let f = 0; f < grid[0]; f++)
    for (let row = 0; row < grid[1]; row++)
      for (let column = 0; column < grid[2]; column++) {
        await breathe();
        // Values of a token: the channel last (see patchify).
        let at = 0;
        for (let t = 0; t < pt; t++)
          for (let i = 0; i < ph; i++)
            for (let j = 0; j < pw; j++)
              for (let c = 0; c < channels; c++) {
                const place = ((f * pt + t) * channels + c) * size.height + row * ph + i;
                indices[at] = place * size.width + column * pw + j;
                x[at] = clip[indices[at]!]!;
                at++;
              }
        for (let k = 0; k < latents; k++) {
          let sum = 0;
          for (let v = 0; v < values; v++) sum += weight[k * values + v]! * x[v]!;
          y[k] = sum;
        }
        const z = solve(y);
        for (let v = 0; v < values; v++) {
          let sum = 0;
          for (let k = 0; k < latents; k++) sum += weight[k * values + v]! * z[k]!;
          restored[indices[v]!] = sum;
        }
      }
  return { valuesPerPatch: values, latentsPerPatch: latents, patches: grid[0] * grid[1] * grid[2], restored };
}

async function codecLatents(model: VideoModel, size: ClipSize, clip: Float32Array): Promise<PatchLatents> {
  const space = openClipSpace(model);
  try {
    const latents = await space.enter(clip, size);
    const patches = patchGrid(space.size(size), model.dit.patch).reduce((a, b) => a * b, 1);
    return {
      valuesPerPatch: model.patch.reduce((a, b) => a * b, model.channels),
      latentsPerPatch: latents.length / patches,
      patches,
      restored: await space.leave(latents, size),
    };
  } finally {
    await space.close();
  }
}

/** WWᵀ [n, n], a little larger on its diagonal, so that rows that hang together do no harm. */
async function gram(weight: Float32Array, n: number, values: number): Promise<Float64Array> {
  const product = new Float64Array(n * n);
  let trace = 0;
  for (let i = 0; i < n; i++) {
    if (i % 16 === 0) await breathe();
    for (let j = 0; j <= i; j++) {
      let sum = 0;
      for (let v = 0; v < values; v++) sum += weight[i * values + v]! * weight[j * values + v]!;
      product[i * n + j] = sum;
      product[j * n + i] = sum;
      if (i === j) trace += sum;
    }
  }
  for (let i = 0; i < n; i++) product[i * n + i]! += (1e-6 * trace) / n;
  return product;
}

/** Solves Az = y for a positive definite A [n, n] by its Cholesky factor. */
async function choleskySolver(a: Float64Array, n: number): Promise<(y: Float64Array) => Float64Array> {
  const l = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    if (i % 16 === 0) await breathe();
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      l[i * n + j] = i === j ? Math.sqrt(sum) : sum / l[j * n + j]!;
    }
  }
  return (y) => {
    const z = Float64Array.from(y);
    for (let i = 0; i < n; i++) {
      for (let k = 0; k < i; k++) z[i]! -= l[i * n + k]! * z[k]!;
      z[i]! /= l[i * n + i]!;
    }
    for (let i = n - 1; i >= 0; i--) {
      for (let k = i + 1; k < n; k++) z[i]! -= l[k * n + i]! * z[k]!;
      z[i]! /= l[i * n + i]!;
    }
    return z;
  };
}
