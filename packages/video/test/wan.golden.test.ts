import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSafetensors } from "@loam/formats";
import {
  concat,
  expand,
  gradients,
  mul,
  type RopeTables,
  reduceSum,
  reshape,
  slice,
  type Tensor,
  type Value,
  value,
} from "@loam/graph";
import { Modules, openTokenizer } from "@loam/models";
import { describe, expect, test } from "vitest";
import { tiled, type Volume } from "../src/codec/tiles.ts";
import type { VelocityField } from "../src/diffusion/flow/samplers/sampler.ts";
import { LtxTransformerConfig, ltxRope, ltxTransformer } from "../src/ltx/transformer.ts";
import { normaliseLatents, WanAutoencoderConfig, wanDecode, wanEncode } from "../src/wan/autoencoder.ts";
import { frozenLora, loraHooks, loraScale, readWanLora, type WanLora, writeWanLora } from "../src/wan/lora.ts";
import { openWanPipeline } from "../src/wan/pipeline.ts";
import { cleanPrompt, promptIds } from "../src/wan/prompt.ts";
import { flowSchedule } from "../src/wan/scheduler.ts";
import { WanTransformerConfig, wanTransformer } from "../src/wan/transformer.ts";
import { evaluate, expectClose, Golden, goldenFolder, modulesFrom, readGoldenJson } from "./golden.ts";

const module = { within: 1e-4, atLeast: 1 };
const folders = (...names: string[]) => names.filter((name) => existsSync(goldenFolder("wan", name)));
async function weightsIn(name: string): Promise<Record<string, Value>> {
  const { tensors } = await readSafetensors(join(goldenFolder("wan", name), "diffusion_pytorch_model.safetensors"));
  return Object.fromEntries(
    [...tensors].map(([key, { data, shape }]) => [`weights.${key}`, value(data as Float32Array, shape)]),
  );
}

describe.each(folders("transformer-a", "transformer-b"))("%s", (name) => {
  test("output, stages and gradients are those of diffusers", async () => {
    const golden = await Golden.read("wan", `${name}.safetensors`);
    const config = WanTransformerConfig.parse(readGoldenJson("wan", name, "config.json"));
    const { runs, gradients: wanted } = golden.config();
    const weights = await weightsIn(name);
    for (const run of (runs as unknown[]).keys()) {
      const get = (key: string) => golden.get(`run${run}.${key}`);
      const inputs = {
        ...weights,
        x: get("x"),
        t: value(golden.numbers(`run${run}.timestep`), golden.shape(`run${run}.timestep`)),
        words: get("words"),
        dy: get("grad_output"),
      };
      const results = await evaluate(inputs, (i) => {
        const stages: Record<string, Tensor> = {};
        const out = wanTransformer(modulesFrom(i), config, {
          ...{ x: i.x!, t: i.t!, words: i.words! },
          onStage: (stage, tensor) => void (stages[`stage.${stage}`] = tensor),
        });
        const wrt = Object.fromEntries((wanted as string[]).map((key) => [key, i[`weights.${key}`]!]));
        const found = gradients(reduceSum(mul(out, i.dy!)), { x: i.x!, words: i.words!, ...wrt });
        return { out, ...stages, ...Object.fromEntries(Object.entries(found).map(([key, g]) => [`grad.${key}`, g])) };
      });
      for (const [key, result] of Object.entries(results)) {
        if (!golden.has(`run${run}.${key}`)) continue;
        const expected = get(key);
        // The reference's patch embedding is a convolution: its channels come before its places.
        if (key === "stage.patch_embedding") continue;
        expectClose(result, expected, { what: `run ${run} ${key}`, ...module });
      }
    }
  });
});

describe.each(folders("ltx"))("%s", (name) => {
  test("the second family: output, stages and gradients are those of diffusers, the rotary table to float32's reach", async () => {
    const golden = await Golden.read("wan", `${name}.safetensors`);
    const config = LtxTransformerConfig.parse(readGoldenJson("wan", name, "config.json"));
    const { size, gradients: wanted, rope_interpolation_scale: scale } = golden.config();
    const width = config.num_attention_heads * config.attention_head_dim;
    // The reference repeats each angle for both halves of a pair, and the table for each row.
    const recorded = (kind: "cos" | "sin") => {
      const of = `stage.rope.${kind}`;
      const pairs = golden
        .numbers(of)
        .slice(0, golden.shape(of)[1]! * width)
        .filter((_, i) => i % 2 === 0);
      return value(Float32Array.from(pairs), [golden.shape(of)[1]!, width / 2]);
    };
    const inputs = {
      ...(await weightsIn(name)),
      ...{ x: golden.get("x"), words: golden.get("words"), dy: golden.get("grad_output") },
      t: value(golden.numbers("timestep"), golden.shape("timestep")),
      mask: value(Float32Array.from(golden.numbers("mask")), golden.shape("mask")),
      ...{ cos: recorded("cos"), sin: recorded("sin") },
    };
    const run = (i: Record<string, Tensor>, tables: RopeTables, stages: Record<string, Tensor> = {}) =>
      ltxTransformer(modulesFrom(i), config, {
        ...{ x: i.x!, t: i.t!, words: i.words!, mask: i.mask!, tables },
        onStage: (stage, tensor) => void (stages[`stage.${stage}`] = tensor),
      });
    const results = await evaluate(inputs, (i) => {
      const stages: Record<string, Tensor> = {};
      const out = run(i, { cos: i.cos!, sin: i.sin! }, stages);
      const wrt = Object.fromEntries((wanted as string[]).map((key) => [key, i[`weights.${key}`]!]));
      const found = gradients(reduceSum(mul(out, i.dy!)), { x: i.x!, words: i.words!, ...wrt });
      return { out, ...stages, ...Object.fromEntries(Object.entries(found).map(([key, g]) => [`grad.${key}`, g])) };
    });
    expect(Object.keys(results).filter((key) => !golden.has(key))).toEqual([]);
    for (const [key, result] of Object.entries(results)) expectClose(result, golden.get(key), { what: key, ...module });
    const patch = [config.patch_size_t, config.patch_size, config.patch_size] as const;
    const own = await evaluate(inputs, (i) => {
      const tables = ltxRope(size, { width, patch, scale });
      return { out: run(i, tables), ...tables };
    });
    for (const kind of ["cos", "sin"] as const)
      expectClose(own[kind]!, inputs[kind], { what: `rope.${kind}`, within: 1e-3, atLeast: 1 });
    expectClose(own.out!, golden.get("out"), { what: "out with its own table", within: 1e-3, atLeast: 1 });
    const perToken = await evaluate(inputs, (i) => {
      const [B, T] = golden.shape("x") as [number, number];
      const spread = Array.from({ length: B }, (_, b) => slice(i.t!, { axes: [0], starts: [b], ends: [b + 1] }));
      const t = concat(
        spread.map((time) => expand(reshape(time, [1, 1]), [1, T])),
        { axis: 0 },
      );
      return { out: run({ ...i, t }, { cos: i.cos!, sin: i.sin! }) };
    });
    expectClose(perToken.out!, golden.get("out"), { what: "one time for each token", ...module });
  });
});

describe("schedulers", async () => {
  const golden = await Golden.read("wan", "schedulers.safetensors");
  const { cases } = readGoldenJson<{
    cases: {
      name: string;
      kind: string;
      config: Record<string, unknown>;
      steps: number;
      timesteps: number[];
      sigmas: number[];
    }[];
  }>("wan", "schedulers.json");

  test.each(cases.map((one) => [`${one.name} in ${one.steps} steps`, one] as const))("%s", async (_, one) => {
    const { levels, timesteps, sampler } = flowSchedule({ ...one.config, _class_name: one.kind }, one.steps);
    expectClose(levels, one.sigmas, { what: "levels", within: 1e-6, atLeast: 1 });
    expectClose(timesteps, one.timesteps, { what: "timesteps", within: 1e-6 });
    const key = `${one.name}.${one.steps}`;
    const [outputs, samples] = [golden.floats(`${key}.model_output`), golden.floats(`${key}.sample`)];
    const start = golden.floats("x");
    // The recorded outputs of the model, one a step: what remains is the solver.
    let asked = 0;
    const field: VelocityField = () => outputs.slice(asked * start.length, ++asked * start.length);
    const states: number[] = [];
    await sampler(field, start, levels, { onStep: ({ x }) => void states.push(...x) });
    expect(asked).toBe(one.steps);
    expectClose(states, samples, { what: "samples", within: 2e-6, atLeast: 1 });
  });
});

describe.each(folders("vae-a", "vae-b", "vae-residual"))("%s", (name) => {
  test("latents, clips of every length, tiles and gradients are those of diffusers", async () => {
    const golden = await Golden.read("wan", `${name}.safetensors`);
    const config = WanAutoencoderConfig.parse(readGoldenJson("wan", name, "config.json"));
    const { frames, ragged, tile, gradients: wanted } = golden.config();
    const weights = await weightsIn(name);
    const [video, latents] = [golden.get("video"), golden.get("latents")];
    const part = (x: Value, count: number): Value => {
      const [B, C, F, ...rest] = x.dims as [number, number, number, ...number[]];
      const each = rest.reduce((a, b) => a * b, 1);
      const data = x.data as Float32Array;
      const kept = Array.from({ length: B * C }, (_, i) => data.subarray(i * F * each, (i * F + count) * each));
      return value(Float32Array.from(kept.flatMap((row) => [...row])), [B, C, count, ...rest]);
    };
    const encoded = (count: number) => 1 + Math.floor((count - 1) / config.scale_factor_temporal);
    const lengths = [...(frames as number[]), ...(ragged ? [ragged as number] : [])];
    for (const count of lengths) {
      const z = part(latents, Math.min(encoded(count), latents.dims[2]!));
      const results = await evaluate({ ...weights, video: part(video, count), z }, (i) => {
        const modules = modulesFrom(i);
        const { mean, logVariance } = wanEncode(modules, config, i.video!);
        return {
          mean,
          logvar: logVariance,
          decoded: wanDecode(modules, config, i.z!),
          normalised: normaliseLatents(config, mean),
        };
      });
      for (const [key, result] of Object.entries(results)) {
        const at = key === "normalised" ? (count === Math.max(...frames) ? key : "") : `frames${count}.${key}`;
        if (golden.has(at)) expectClose(result, golden.get(at), { what: at, ...module });
      }
    }
    const first = await evaluate({ ...weights, video: part(video, 1) }, (i) => {
      const stages: Record<string, Tensor> = {};
      wanEncode(modulesFrom(i), config, i.video!, (stage, x) => void (stages[`first_frame.${stage}`] = x));
      return stages;
    });
    for (const [key, result] of Object.entries(first))
      if (golden.has(key)) expectClose(result, golden.get(key), { what: key, ...module });
    if (tile) {
      const volume = (x: Value): Volume => ({
        shape: x.dims as unknown as Volume["shape"],
        data: x.data as Float32Array,
      });
      const through =
        (fn: (i: Record<string, Tensor>) => Tensor) =>
        async (input: Volume): Promise<Volume> => {
          const x = value(input.data, input.shape);
          return volume((await evaluate({ ...weights, x }, (i) => ({ out: fn(i) }))).out!);
        };
      const scale = config.scale_factor_spatial;
      const mean = await tiled(
        volume(part(video, tile.frames)),
        through((i) => wanEncode(modulesFrom(i), config, i.x!).mean),
        { size: tile.min, stride: tile.stride, scale: 1 / scale },
      );
      expectClose(mean.data, golden.get("tiled.mean"), { what: "tiled.mean", ...module });
      const decoded = await tiled(
        volume(part(latents, encoded(tile.frames))),
        through((i) => wanDecode(modulesFrom(i), config, i.x!, { clamped: false })),
        { size: tile.min / scale, stride: tile.stride / scale, scale },
      );
      const held = decoded.data.map((x) => Math.max(-1, Math.min(1, x)));
      expectClose(held, golden.get("tiled.decoded"), { what: "tiled.decoded", ...module });
    }
    if (wanted) {
      const found = await evaluate({ ...weights, z: part(latents, 2), dy: golden.get("grad_output") }, (i) => {
        const wrt = Object.fromEntries((wanted as string[]).map((key) => [key, i[`weights.${key}`]!]));
        const out = wanDecode(modulesFrom(i), config, i.z!);
        return gradients(reduceSum(mul(out, i.dy!)), { latents: i.z!, ...wrt });
      });
      // Clamping at ±1 and a deep stack of norms: float32 gradients are good to 1e-3.
      for (const [key, g] of Object.entries(found))
        expectClose(g, golden.get(`grad.${key}`), { what: `grad.${key}`, within: 1e-3, atLeast: 1 });
    }
  });
});

describe.each(folders("lora-a"))("adapters", () => {
  test("one, weighted, two together, and gradients of their factors are those of peft", async () => {
    const golden = await Golden.read("wan", "lora.safetensors");
    const { transformer, adapters, weights: scales, together } = golden.config();
    const config = WanTransformerConfig.parse(readGoldenJson("wan", transformer, "config.json"));
    const base = await weightsIn(transformer);
    const read = new Map<string, WanLora>();
    for (const { name } of adapters) read.set(name, await readWanLora(goldenFolder("wan", name)));
    const inputs = {
      ...base,
      x: golden.get("x"),
      words: golden.get("words"),
      t: value(golden.numbers("timestep"), golden.shape("timestep")),
    };
    for (const { name, r, alpha, rslora = false, gradients: wanted } of adapters) {
      const lora = read.get(name)!;
      expect(lora).toMatchObject({ r, alpha, rslora });
      const factors = Object.entries(lora.layers).flatMap(([path, { A, B }]) => [
        [`lora.${path}.lora_A.weight`, value(A.data, A.shape)] as const,
        [`lora.${path}.lora_B.weight`, value(B.data, B.shape)] as const,
      ]);
      const given = { ...inputs, ...Object.fromEntries(factors), dy: golden.get(`${name}.grad_output`) };
      const results = await evaluate(given, (i) => {
        const active = Object.fromEntries(
          Object.keys(lora.layers).map((path) => [
            path,
            { A: i[`lora.${path}.lora_A.weight`]!, B: i[`lora.${path}.lora_B.weight`]! },
          ]),
        );
        const parameters = modulesFrom(i).parameters;
        const run = (weight: number) =>
          wanTransformer(
            new Modules(parameters, loraHooks([{ scale: loraScale(lora) * weight, factors: active }])),
            config,
            {
              ...{ x: i.x!, t: i.t!, words: i.words! },
            },
          );
        const made = run(1);
        const wrt = Object.fromEntries((wanted as string[]).map((key) => [key, i[`lora.${key}`]!]));
        const found = gradients(reduceSum(mul(made, i.dy!)), wrt);
        return {
          [`${name}.as_made`]: made,
          ...Object.fromEntries(
            (scales as number[]).map((w) => [`${name}.out.${Number.isInteger(w) ? w.toFixed(1) : w}`, run(w)]),
          ),
          ...Object.fromEntries(Object.entries(found).map(([key, g]) => [`${name}.grad.${key}`, g])),
        };
      });
      for (const [key, result] of Object.entries(results))
        expectClose(result, golden.get(key), { what: key, ...module });
    }
    const both = await evaluate(inputs, (i) => {
      const active = adapters.map(({ name }: { name: string }, n: number) => frozenLora(read.get(name)!, together[n]));
      const modules = new Modules(modulesFrom(i).parameters, loraHooks(active));
      return { out: wanTransformer(modules, config, { x: i.x!, t: i.t!, words: i.words! }) };
    });
    expectClose(both.out!, golden.get("together.out"), { what: "together", ...module });
  });

  test("an adapter that is written reads back equal", async () => {
    const folder = await mkdtemp(join(tmpdir(), "lora-"));
    try {
      const lora = await readWanLora(goldenFolder("wan", "lora-a"));
      await writeWanLora(folder, lora);
      expect(await readWanLora(folder)).toEqual(lora);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

/** The recorded pipeline, with another scheduler. */
async function withScheduler(
  { kind, config }: { kind: string; config: Record<string, unknown> },
  fn: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "wan-"));
  const names = { euler: "FlowMatchEulerDiscreteScheduler", unipc: "UniPCMultistepScheduler" };
  try {
    for (const part of ["model_index.json", "tokenizer", "text_encoder", "transformer", "vae"])
      await symlink(goldenFolder("wan", "pipeline", part), join(folder, part));
    await mkdir(join(folder, "scheduler"));
    const told = { _class_name: names[kind as "euler"], ...config };
    await writeFile(join(folder, "scheduler", "scheduler_config.json"), JSON.stringify(told));
    await fn(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

describe.each(folders("pipeline"))("pipeline", () => {
  test("latents of every step and frames are those of diffusers, from embeddings and from a prompt", async () => {
    const golden = await Golden.read("wan", "pipeline.safetensors");
    const {
      frames,
      height,
      width,
      steps,
      guidance,
      max_sequence_length: textLength,
      prompts,
      negative,
    } = golden.config();
    const pipeline = await openWanPipeline(goldenFolder("wan", "pipeline"));
    const size = { frames, height, width, steps, guidance, textLength, latents: golden.floats("latents") };
    const recorded = readGoldenJson<{ cleaned: string[] }>("wan", "pipeline-prompts.json");
    expect([...prompts, negative].map(cleanPrompt)).toEqual(recorded.cleaned);
    const tokenizer = await openTokenizer(goldenFolder("wan", "pipeline", "tokenizer"));
    const rows = [...prompts, negative].map((prompt) => promptIds(tokenizer, prompt, { length: textLength, padId: 0 }));
    expect(rows.flatMap(({ ids }) => ids)).toEqual(golden.numbers("prompt.input_ids"));
    const given = { prompt: golden.floats("prompt_embeds"), negative: golden.floats("negative_prompt_embeds") };
    for (const [kind, embeddings] of [
      ["given", given],
      ["prompted", undefined],
    ] as const) {
      const states: number[] = [];
      const timesteps: number[] = [];
      const clip = await pipeline.generate({
        ...size,
        prompt: prompts[0],
        negative,
        embeddings,
        onStep: ({ latents, timestep }) => {
          states.push(...latents);
          timesteps.push(timestep);
        },
      });
      expect(timesteps).toEqual(golden.numbers(`unipc.${kind}.timestep`));
      expectClose(states, golden.get(`unipc.${kind}.latents`), { what: `${kind} latents`, within: 1e-3, atLeast: 1 });
      expectClose(
        clip.data.map((x) => x / 2 + 0.5),
        golden.get(`unipc.${kind}.frames`),
        { what: `${kind} frames`, within: 1e-3, atLeast: 1 },
      );
    }
    await withScheduler(golden.config().with.euler, async (folder) => {
      const states: number[] = [];
      const timesteps: number[] = [];
      await (await openWanPipeline(folder)).generate({
        ...size,
        ...{ prompt: prompts[0], negative, embeddings: given },
        onStep: ({ latents, timestep }) => {
          states.push(...latents);
          timesteps.push(timestep);
        },
      });
      expectClose(timesteps, golden.get("euler.given.timestep"), { what: "Euler's timesteps", within: 1e-6 });
      const wanted = golden.get("euler.given.latents");
      expectClose(states, wanted, { what: "Euler's latents", within: 1e-3, atLeast: 1 });
    });
    const vae = WanAutoencoderConfig.parse(readGoldenJson("wan", "pipeline", "vae", "config.json"));
    const { patch_size: patch } = WanTransformerConfig.parse(
      readGoldenJson("wan", "pipeline", "transformer", "config.json"),
    );
    const { scale_factor_temporal: every, scale_factor_spatial: across } = vae;
    const grid = [1 + (frames - 1) / every, height / across, width / across];
    expect(pipeline.forecast({ frames, height, width })).toMatchObject({
      tokens: grid.reduce((tokens, size, axis) => tokens * (size / patch[axis]!), 1),
    });
    await expect(pipeline.generate({ ...size, prompt: "a", frames: frames - 1 })).rejects.toThrow(
      `The nearest is ${frames}`,
    );
    const odd = width + across;
    await expect(pipeline.generate({ ...size, prompt: "a", width: odd })).rejects.toThrow(
      `\`width\` is ${odd}; expected a multiple of ${across * patch[2]}`,
    );
    await pipeline.close();
  });
});

describe.each(folders("pipeline"))("weights in few bits", () => {
  /** Mean difference of the frames' values (0..1) from those of float32 weights. Of int4, rows of 24 stay float. */
  test.each([
    ["int8", 0.006],
    ["nf4", 0.06],
    ["int4", 0.01],
  ] as const)("%s stays near and takes less memory", async (quantize, within) => {
    const golden = await Golden.read("wan", "pipeline.safetensors");
    const {
      frames,
      height,
      width,
      steps,
      guidance,
      max_sequence_length: textLength,
      prompts,
      negative,
    } = golden.config();
    const size = { frames, height, width, steps, guidance };
    const folder = goldenFolder("wan", "pipeline");
    const whole = await openWanPipeline(folder);
    const pipeline = await openWanPipeline(folder, { quantize });
    const [before, after] = [whole.forecast(size).memory, pipeline.forecast(size).memory];
    const clip = await pipeline.generate({
      ...{ ...size, textLength, prompt: prompts[0], negative, latents: golden.floats("latents") },
    });
    await pipeline.close();
    const wanted = golden.floats("unipc.prompted.frames");
    const differences = clip.data.map((x, i) => Math.abs(x / 2 + 0.5 - wanted[i]!));
    const mean = differences.reduce((a, b) => a + b, 0) / differences.length;
    expect(mean).toBeLessThan(within);
    expect(mean).toBeGreaterThan(1e-4); // the packed weights were used
    expect(after.activations).toBe(before.activations);
    expect(after.weights).toBeLessThan(before.weights);
    if (quantize === "int8") expect(after.textEncoder).toBeLessThan(before.textEncoder);
    expect(after.total).toBe(after.weights + after.activations);
  });
});

describe.each(folders("ti2v"))("Wan 2.2, one time for each token", () => {
  test("a clip of words, and one that begins with a picture, are those of diffusers", async () => {
    const golden = await Golden.read("wan", "ti2v.safetensors");
    const { words: textLength, ...size } = golden.config();
    const folder = await mkdtemp(join(tmpdir(), "ti2v-"));
    try {
      for (const part of ["model_index.json", "transformer", "vae", "scheduler"])
        await symlink(goldenFolder("wan", "ti2v", part), join(folder, part));
      for (const part of ["tokenizer", "text_encoder"])
        await symlink(goldenFolder("wan", "pipeline", part), join(folder, part));
      const pipeline = await openWanPipeline(folder);
      expect(pipeline).toMatchObject({ takesPicture: true, framesPerSecond: 24 });
      const embeddings = { prompt: golden.floats("prompt_embeds"), negative: golden.floats("negative_prompt_embeds") };
      for (const [kind, begin] of [
        ["words", undefined],
        ["picture", golden.floats("picture")],
      ] as const) {
        const clip = await pipeline.generate({
          ...{ ...size, textLength, prompt: "", embeddings, begin, latents: golden.floats("latents") },
        });
        expectClose(
          clip.data.map((x) => x / 2 + 0.5),
          golden.get(`${kind}.frames`),
          { what: `${kind}: frames`, within: 1e-3, atLeast: 1 },
        );
      }
      await expect(
        pipeline.generate({ ...size, textLength, prompt: "", embeddings, begin: new Float32Array(5) }),
      ).rejects.toThrow("`begin` is 5; expected the 4608 values of one frame");
    } finally {
      await rm(folder, { recursive: true });
    }
    const plain = await openWanPipeline(goldenFolder("wan", "pipeline"));
    await expect(
      plain.generate({ prompt: "a", frames: 9, height: 32, width: 32, begin: new Float32Array(3 * 32 * 32) }),
    ).rejects.toThrow("it takes no picture");
  });
});
