import { Rng } from "@loam/core";
import { expect, test } from "vitest";
import { captionWorld } from "../data/caption-world.ts";
import type { ClipSize } from "../patches/patchify.ts";
import { codecShapes, initialCodec, latentSize } from "./autoencoder.ts";
import type { CodecConfig } from "./config.ts";
import { openCodecRunner } from "./run-codec.ts";
import { principalShortcut } from "./shortcut.ts";

type Clips = readonly { size: ClipSize; data: Float32Array }[];

/** Means over clips that go through a codec which has learned nothing yet: of its squared errors, and of its latents' squares. */
async function untrained(config: CodecConfig, clips: Clips): Promise<{ error: number; latents: number }> {
  const data = { ...initialCodec(config, new Rng(1)), ...principalShortcut(config, clips) };
  const weights = Object.fromEntries(
    Object.entries(codecShapes(config)).map(([name, shape]) => [name, { shape, data: data[name]! }]),
  );
  const runner = openCodecRunner({
    config: { model_type: "loam-video-codec", version: 1, name: "untrained", codec: config, sizes: [] },
    ...{ codec: config, weights },
  });
  const square = (values: Float32Array, from?: Float32Array) =>
    values.reduce((sum, x, i) => sum + (x - (from?.[i] ?? 0)) ** 2, 0) / values.length / clips.length;
  let [error, latents] = [0, 0];
  for (const { data, size } of clips) {
    const z = await runner.encode(data, size);
    latents += square(z);
    error += square(await runner.decode(z, latentSize(config, size)), data);
  }
  await runner.close();
  return { error, latents };
}

test.each([
  { causal: true, frames: 7 },
  { causal: false, frames: 8 },
])("a shortcut begins where a linear autoencoder ends: $frames frames", async ({ causal, frames }) => {
  const size = { frames, height: 16, width: 24 };
  const world = captionWorld({ sizes: [size], thingSize: 6, startGrid: 4 });
  const rng = new Rng(2);
  const clips = await Promise.all(
    Array.from({ length: 12 }, async () => ({ size, data: (await world.draw(rng, size)).data })),
  );
  const codec = { channels: 3, width: 4, groups: 2, causal, norm: "channels", shortcut: true } as const;
  // As many latents as a block has values lose nothing; fewer have a mean square of 1, and lose less than a quarter of the clips'.
  expect((await untrained({ ...codec, latent: 96 }, clips)).error).toBeLessThan(1e-4);
  if (!causal) return;
  const few = await untrained({ ...codec, latent: 8 }, clips);
  expect(few.latents).toBeCloseTo(1, 2);
  const mean = clips.map(({ data }) => data.reduce((a, x) => a + x, 0) / data.length).reduce((a, x) => a + x, 0) / 12;
  const variance = clips.map(({ data }) => data.reduce((a, x) => a + (x - mean) ** 2, 0) / data.length);
  expect(few.error).toBeLessThan(variance.reduce((a, x) => a + x, 0) / 12 / 4);
});
