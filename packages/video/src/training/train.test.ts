import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { CancelledError, Rng } from "@loam/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openGenerator } from "../model/generator.ts";
import { openVideoModel } from "../model/video-model.ts";
import { readVideoRecipe, type VideoRecipeInput } from "./recipe.ts";
import { trainVideo, videoForecast } from "./train.ts";

let folder: string;
/** Pictures that stand for digits: a bar at a height that the label says. */
async function writeDigits(count: number): Promise<void> {
  const rng = new Rng(1);
  const labels = Uint8Array.from({ length: count }, () => rng.integer(10));
  const images = new Uint8Array(count * 784);
  for (const [i, label] of labels.entries())
    for (let x = 4; x < 24; x++) for (let y = 0; y < 3; y++) images[i * 784 + (4 + 2 * label + y) * 28 + x] = 255;
  const header = (sizes: number[]) => {
    const bytes = Buffer.alloc(4 + 4 * sizes.length);
    bytes.writeUInt32BE(0x800 + sizes.length, 0);
    for (const [axis, size] of sizes.entries()) bytes.writeUInt32BE(size, 4 + 4 * axis);
    return bytes;
  };
  await writeFile(join(folder, "images.gz"), gzipSync(Buffer.concat([header([count, 28, 28]), images])));
  await writeFile(join(folder, "labels"), Buffer.concat([header([count]), labels]));
}
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "loam-video-"));
  await writeDigits(40);
});
afterAll(() => rm(folder, { recursive: true }));

const recipe = (output: string): VideoRecipeInput => ({
  data: {
    kind: "moving-digits",
    images: join(folder, "images.gz"),
    labels: join(folder, "labels"),
    size: { frames: 4, height: 16, width: 16 },
    digit_size: 8,
    start_grid: 4,
  },
  model: { patch: [4, 4, 4], hidden: 32, depth: 2, heads: 2, mlp_ratio: 2, text_dim: 16 },
  optimizer: { warmup_steps: 2 },
  steps: 8,
  batch_size: 4,
  checkpoint_every_steps: 3,
  output: join(folder, output),
});
const losses = async (output: string) =>
  (await readFile(join(folder, output, "metrics.jsonl"), "utf8"))
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { step: number; "train/loss": number });

describe("training", () => {
  test("clips of the recipe's prompts are made on the way, and words that no caption has are named before it starts", async () => {
    const prompts = ["a 3 moving left", "a 7 moving up"];
    const given = { ...recipe("samples"), steps: 4, sample_every_steps: 2, sample_prompts: prompts };
    const texts: unknown[] = [];
    await trainVideo(given, { recorder: { metrics: () => {}, text: (...told) => void texts.push(told) } });
    expect(texts).toEqual(
      [2, 4].flatMap((step) => [0, 1].map((i) => [step, `sample/${i}`, `samples/00000${step}/${i}.webp`])),
    );
    const [first, last] = await Promise.all(
      [2, 4].map((step) => readFile(join(folder, "samples", `samples/00000${step}/0.webp`))),
    );
    expect(first!.subarray(8, 12).toString()).toBe("WEBP");
    expect(first!.equals(last!)).toBe(false);
    for (const start of [videoForecast, trainVideo])
      await expect(start({ ...given, sample_prompts: ["a horse"] })).rejects.toThrow('it never saw "horse"');
  });

  test("a run that was stopped goes on bit for bit, and its model makes clips", async () => {
    const whole = await trainVideo(recipe("whole"));
    expect(whole).toMatchObject({ steps: 8, resumedFrom: 0 });
    const stop = new AbortController();
    const stopped = trainVideo(recipe("parts"), {
      signal: stop.signal,
      recorder: { metrics: (step) => void (step === 5 && stop.abort()) },
    });
    await expect(stopped).rejects.toThrow(CancelledError);
    const rest = await trainVideo(recipe("parts"));
    expect(rest.resumedFrom).toBeGreaterThanOrEqual(5);
    const facts = (lines: Awaited<ReturnType<typeof losses>>) => lines.map((line) => [line.step, line["train/loss"]]);
    expect(facts(await losses("parts"))).toEqual(facts(await losses("whole")));
    const [a, b] = await Promise.all(
      ["whole", "parts"].map((name) => readFile(join(folder, name, "model.safetensors"))),
    );
    expect(Buffer.compare(a!, b!)).toBe(0);

    const generator = openGenerator(await openVideoModel(join(folder, "whole")));
    const requests = [
      { prompt: "a 3 moving left", seed: 1 },
      { prompt: "a 4 moving up", seed: 2 },
    ];
    const [first, second] = await generator.generate(requests);
    const [again] = await generator.generate([requests[0]!]);
    expect(first!.data.length).toBe(4 * 16 * 16);
    expect(first!.data).not.toEqual(second!.data);
    expect(Math.max(...first!.data.map((x, i) => Math.abs(x - again!.data[i]!)))).toBeLessThan(1e-4);
    // Frames that are given stay as they are.
    const begin = new Float32Array(2 * 16 * 16).fill(0.5);
    const [begun] = await generator.generate([{ ...requests[0]!, begin }]);
    expect(begun!.data.subarray(0, begin.length).every((x) => Math.abs(x - 0.5) < 1e-4)).toBe(true);
    await generator.close();
  });

  test("a damaged checkpoint is passed over, and one of another recipe is refused by its fields", async () => {
    await trainVideo(recipe("damaged"));
    const checkpoints = join(folder, "damaged", "checkpoints");
    expect((await readdir(checkpoints)).sort()).toEqual(["step-6", "step-8"]);
    await writeFile(join(checkpoints, "step-8", "state.safetensors"), "torn");
    const messages: string[] = [];
    const again = await trainVideo(recipe("damaged"), {
      onProgress: ({ message }) => void messages.push(message ?? ""),
    });
    expect(again.resumedFrom).toBe(6);
    expect(messages.join()).toContain("is damaged");
    await expect(trainVideo({ ...recipe("damaged"), batch_size: 2 })).rejects.toThrow("another recipe (batch_size)");
  });

  test("what a recipe takes is told before it starts, and its mistakes by their field", async () => {
    const forecast = await videoForecast(recipe("none"));
    expect(forecast).toMatchObject({ tokensPerClip: 16, tokensPerStep: 64, steps: 8 });
    expect(forecast.memory.total).toBeGreaterThan(100e6);
    const path = join(folder, "recipe.yaml");
    await writeFile(path, "output: x\ndata: { kind: moving-digits, image: a }\n");
    await expect(readVideoRecipe(path)).rejects.toThrow("there is no field `data.image`. Did you mean `data.images`?");
    await writeFile(path, "output: x\ndata: { kind: moving-digits }\nmodel: { hidden: -1 }\n");
    await expect(readVideoRecipe(path)).rejects.toThrow("`model.hidden` is -1");
    await expect(readVideoRecipe(path, { set: ["model.hidden=64"] })).resolves.toMatchObject({ steps: 4300 });
  });

  test("a loss that is no number stops the run by name, and leaves the last good state", async () => {
    const wild = { ...recipe("wild"), optimizer: { learning_rate: 1e30, warmup_steps: 0, clip_norm: 1e30 } };
    await expect(trainVideo(wild)).rejects.toMatchObject({
      code: "loss_not_finite",
      message: expect.stringMatching(/^Step \d+ gave loss (NaN|Infinity|[\d.e+]+) and gradient norm/),
    });
    expect((await losses("wild")).every(({ "train/loss": loss }) => Number.isFinite(loss))).toBe(true);
  });

  test("a pickled checkpoint is not opened, with the reason", async () => {
    await trainVideo({ ...recipe("pickled"), steps: 1 });
    const { rename } = await import("node:fs/promises");
    await rename(join(folder, "pickled", "model.safetensors"), join(folder, "pickled", "model.pt"));
    await expect(openVideoModel(join(folder, "pickled"))).rejects.toMatchObject({
      code: "pickled_checkpoint",
      message: expect.stringContaining("opening it may run any code. Only safetensors is opened."),
    });
  });

  test("a prompt with a word that was never seen names the nearest; sizes that cannot be cut name theirs", async () => {
    const generator = openGenerator(await openVideoModel(join(folder, "whole")));
    const make = (prompt: string, size?: { frames: number; height: number; width: number }) =>
      generator.generate([{ prompt, seed: 1 }], { size });
    await expect(make("a 3 moving lefft")).rejects.toThrow('it never saw "lefft" (did you mean "left"?)');
    await expect(make("")).rejects.toThrow("expected at least one word");
    await expect(make("a a a a a a a a a")).rejects.toThrow("expected at most 8 words; it has 9");
    await expect(make("a 3", { frames: 4, height: 18, width: 16 })).rejects.toThrow("The nearest are 16 and 20.");
    await generator.close();
  });
});
