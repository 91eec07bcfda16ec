import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CancelledError, Rng } from "@loam/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openCodecRunner } from "../codec/run-codec.ts";
import { openVideoCodec } from "../codec/video-codec.ts";
import { captionWorld } from "../data/caption-world.ts";
import { evaluateVideoModel } from "../judge/evaluate-model.ts";
import { openJudge } from "../judge/frame-judge.ts";
import { trainJudge } from "../judge/train-judge.ts";
import { openAttention } from "../model/attention.ts";
import { extendClip } from "../model/extend-clip.ts";
import { openGenerator } from "../model/generator.ts";
import { patchLatents } from "../model/patch-latents.ts";
import { openVideoModel } from "../model/video-model.ts";
import type { CodecRecipeInput } from "./codec-recipe.ts";
import type { VideoRecipeInput } from "./recipe.ts";
import { trainVideo, videoForecast } from "./train.ts";

let folder: string;
const sizes = [
  { frames: 7, height: 16, width: 16 },
  { frames: 7, height: 16, width: 24 },
];
const data = { kind: "caption-world", sizes, thing_size: 6, start_grid: 4 } as const;
const codecRecipe = (output: string): CodecRecipeInput => ({
  ...{ kind: "codec", data, codec: { width: 4, latent: 3, groups: 2 }, steps: 9, batch_size: 2 },
  ...{ optimizer: { learning_rate: 1e-2, warmup_steps: 2 }, checkpoint_every_steps: 5, test_clips: 2 },
  ...{ kl_weight: 1e-7, output: join(folder, output) },
});
const recipe = (output: string): VideoRecipeInput => ({
  ...{ data, codec: join(folder, "codec"), latent_clips: 6, steps: 6, batch_size: 2, checkpoint_every_steps: 2 },
  model: { patch: [2, 2, 2], hidden: 32, depth: 1, heads: 2, mlp_ratio: 2, text_dim: 16 },
  ...{ optimizer: { warmup_steps: 2 }, sampling: { steps: 3 }, output: join(folder, output) },
});
const clipOf = (seed: number, size = sizes[0]!) =>
  captionWorld({ sizes, thingSize: 6, startGrid: 4 }).draw(new Rng(seed), size);
const read = (...path: string[]) => readFile(join(folder, ...path));
const metrics = async (output: string) =>
  (await readFile(join(folder, output, "metrics.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, number>);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "loam-latents-"));
  await trainVideo(codecRecipe("codec"));
});
afterAll(() => rm(folder, { recursive: true }));

describe("a codec", () => {
  test("learns by its command: reconstruction and KL are told apart, and decibels of clips that it never saw", async () => {
    const lines = await metrics("codec");
    const [first, last] = [lines[0]!, lines.findLast((line) => "train/loss" in line)!];
    expect(last["train/reconstruction"]).toBeLessThan(first["train/reconstruction"]!);
    for (const line of [first, last])
      expect(line["train/loss"]).toBeCloseTo(line["train/reconstruction"]! + 1e-7 * line["train/kl_nats"]!, 5);
    const codec = await openVideoCodec(join(folder, "codec"));
    expect(lines.at(-1)!["eval/psnr"]).toBe(codec.config.psnr);
    const runner = openCodecRunner(codec);
    const { data: clip } = await clipOf(3);
    const latents = await runner.encode(clip, sizes[0]!);
    expect(latents).toHaveLength(4 * 3 * 4 * 4);
    const back = await runner.decode(latents, { frames: 4, height: 4, width: 4 });
    const mse = clip.reduce((sum, x, i) => sum + (x - back[i]!) ** 2, 0) / clip.length;
    expect(10 * Math.log10(4 / mse)).toBeGreaterThan(codec.config.psnr! - 5);
    // Causal: the first frame alone has the first latent, whatever comes behind it.
    const image = await runner.encode(clip.subarray(0, 3 * 16 * 16), { frames: 1, height: 16, width: 16 });
    expect(Math.max(...image.map((z, i) => Math.abs(z - latents[i]!)))).toBeLessThan(1e-5);
    // Larger than a tile: parts that are far from every seam are those of the whole.
    const wide = Float32Array.from({ length: 3 * 36 * 40 }, (_, i) => Math.sin(i / 7));
    const tiled = await runner.decode(wide, { frames: 1, height: 36, width: 40 });
    expect(tiled).toHaveLength(3 * 144 * 160);
    expect(tiled.every(Number.isFinite)).toBe(true);
    await runner.close();
  });

  test("goes on bit for bit where it was stopped", async () => {
    const stop = new AbortController();
    const stopped = trainVideo(codecRecipe("parts"), {
      signal: stop.signal,
      recorder: { metrics: (step) => void (step === 7 && stop.abort()) },
    });
    await expect(stopped).rejects.toThrow(CancelledError);
    expect((await trainVideo(codecRecipe("parts"))).resumedFrom).toBeGreaterThanOrEqual(7);
    const [whole, parts] = [await read("codec", "model.safetensors"), await read("parts", "model.safetensors")];
    expect(whole.equals(parts)).toBe(true);
    await expect(trainVideo({ ...codecRecipe("parts"), kl_weight: 1 })).rejects.toThrow("another recipe (kl_weight)");
  });

  test("sizes that it cannot halve, and recipes with misspelt fields, are refused by name", async () => {
    const bad = (frames: number, width: number) =>
      videoForecast({ ...codecRecipe("bad"), data: { ...data, sizes: [{ frames, height: 16, width }] } });
    await expect(bad(8, 16)).rejects.toThrow("one less than a multiple of 2. The nearest are 7 and 9");
    await expect(bad(7, 18)).rejects.toThrow("The nearest are 16 and 20");
    await expect(videoForecast({ ...codecRecipe("bad"), codecs: {} } as never)).rejects.toThrow(
      "there is no field `codecs`. Did you mean `codec`?",
    );
    const forecast = await videoForecast(codecRecipe("bad"));
    expect(forecast).toMatchObject({ tokensPerClip: 4 * 4 * 6, steps: 9 });
  });
});

describe("a model in latents", () => {
  test("encodes each clip once, goes on bit for bit, and holds its codec", async () => {
    const forecast = await videoForecast(recipe("none"));
    expect(forecast).toMatchObject({ tokensPerClip: 2 * 2 * 3, codec: { clips: 12, latentBytes: 4 * 6 * 4 * 3 * 40 } });
    await trainVideo(recipe("whole"));
    const [cache] = await readdir(join(folder, "codec", "latents"));
    const files = await readdir(join(folder, "codec", "latents", cache!));
    expect(files.filter((name) => name.endsWith(".safetensors")).sort()).toEqual([
      "7x16x16.safetensors",
      "7x24x16.safetensors",
    ]);
    const made = (await stat(join(folder, "codec", "latents", cache!, files.sort()[1]!))).mtimeMs;
    const stop = new AbortController();
    const stopped = trainVideo(recipe("halves"), {
      signal: stop.signal,
      recorder: { metrics: (step) => void (step === 3 && stop.abort()) },
    });
    await expect(stopped).rejects.toThrow(CancelledError);
    await trainVideo(recipe("halves"));
    expect((await stat(join(folder, "codec", "latents", cache!, files[1]!))).mtimeMs).toBe(made);
    const [a, b] = [await read("whole", "model.safetensors"), await read("halves", "model.safetensors")];
    expect(a.equals(b)).toBe(true);
    const [own, given] = [await read("whole", "codec", "model.safetensors"), await read("codec", "model.safetensors")];
    expect(own.equals(given)).toBe(true);
    // A run can begin as a trained model: of the same shape, words and codec.
    const next = { ...recipe("next"), start_from: join(folder, "whole"), steps: 1 };
    await trainVideo({ ...next, optimizer: { learning_rate: 1e-12, warmup_steps: 0 } });
    const [before, after] = [await openVideoModel(join(folder, "whole")), await openVideoModel(join(folder, "next"))];
    for (const [name, { data }] of Object.entries(after.weights))
      for (const [i, x] of data.entries()) expect(x).toBeCloseTo(before.weights[name]!.data[i]!, 5);
    const wider = { ...next, model: { ...next.model, hidden: 64 }, output: join(folder, "wider") };
    await expect(trainVideo(wider)).rejects.toThrow('"hidden":32');
    // Another number of clips is another cache, and another run.
    await expect(trainVideo({ ...recipe("halves"), latent_clips: 5 })).rejects.toThrow("latent_clips, data files");
  });

  test("makes clips in pixels, begins, changes, extends and looks at them", async () => {
    const model = await openVideoModel(join(folder, "whole"));
    expect(model).toMatchObject({ channels: 3, patch: [4, 8, 8], sizes });
    const generator = openGenerator(model);
    const plain = { prompt: "a red circle moving left at night", seed: 1 };
    const previews: number[] = [];
    const [clip] = await generator.generate([plain], {
      onStep: async ({ clips, noisy }) =>
        void previews.push((await clips())[0]!.data.length, (await noisy())[0]!.frames),
    });
    expect(clip).toMatchObject({ ...sizes[0], channels: 3 });
    expect(clip!.data).toHaveLength(7 * 3 * 16 * 16);
    expect(previews).toEqual([1, 2, 3].flatMap(() => [7 * 3 * 16 * 16, 7]));
    expect((await generator.generate([plain]))[0]!.data).toEqual(clip!.data);
    const { data: real } = await clipOf(5);
    const begin = real.slice(0, 3 * 3 * 16 * 16);
    const [begun] = await generator.generate([{ ...plain, begin }]);
    expect(begun!.data.slice(0, begin.length)).toEqual(begin);
    const [near] = await generator.generate([{ ...plain, change: { clip: real, strength: 0.01 } }]);
    const [far] = await generator.generate([{ ...plain, change: { clip: real, strength: 1 } }]);
    const runner = openCodecRunner(model.codec!);
    const back = await runner.decode(await runner.encode(real, sizes[0]!), { frames: 4, height: 4, width: 4 });
    await runner.close();
    const distance = (a: Float32Array) => a.reduce((sum, x, i) => sum + (x - back[i]!) ** 2, 0);
    expect(distance(near!.data)).toBeLessThan(distance(far!.data));
    const longer = await extendClip(generator, { ...plain, clip: clip!.data, frames: 11 });
    expect(longer.data.slice(0, clip!.data.length)).toEqual(clip!.data);
    expect(longer.data).toHaveLength(11 * 3 * 16 * 16);
    await expect(generator.generate([plain], { size: { frames: 8, height: 16, width: 16 } })).rejects.toThrow(
      "expected one less than a multiple of 4. The nearest are 7 and 11",
    );
    await generator.close();
    const viewer = await openAttention(model);
    const look = await viewer.look({ ...plain, clip: clip!.data, time: 0.5, patch: 3 });
    expect(look.grid).toEqual([2, 2, 2]);
    await viewer.close();
    const latents = await patchLatents(model, sizes[0]!, real);
    expect(latents).toMatchObject({ valuesPerPatch: 4 * 8 * 8 * 3, latentsPerPatch: 2 * 2 * 2 * 3, patches: 8 });
    expect(Math.max(...latents.restored.map((x, i) => Math.abs(x - back[i]!)))).toBeLessThan(1e-5);
  });

  test("is judged at each of its sizes by one judge", async () => {
    const source = captionWorld({ sizes, thingSize: 6, startGrid: 4 });
    const output = join(folder, "judge");
    await trainJudge(source, { test: source, output, steps: 20, batchSize: 8, testClips: 4 });
    const judge = await openJudge(output);
    const generator = openGenerator(await openVideoModel(join(folder, "whole")));
    const report = await evaluateVideoModel(generator, judge, source, { clips: 5, steps: 1, together: 2 });
    expect(Object.keys(report.rightBySize!)).toEqual(["16x16", "24x16"]);
    expect(report.rows.map(({ size }) => size)).toEqual(["16x16", "24x16", "16x16", "24x16", "16x16"]);
    expect(report.made.map(({ width }) => width)).toEqual([16, 24, 16, 24, 16]);
    await generator.close();
    await judge.close();
  });

  test("a codec that is none is refused, saying how to make one", async () => {
    const missing = { ...recipe("missing"), codec: join(folder, "nowhere") };
    await expect(trainVideo(missing)).rejects.toThrow("kind: codec");
    await expect(trainVideo({ ...recipe("missing"), codec: join(folder, "whole") })).rejects.toThrow(
      'expected "loam-video-codec"',
    );
    const odd = { ...recipe("odd"), model: { ...recipe("odd").model, patch: [3, 2, 2] as [number, number, number] } };
    await expect(videoForecast(odd)).rejects.toThrow("one less than a multiple of 6. The nearest are 5 and 11");
  });
});
