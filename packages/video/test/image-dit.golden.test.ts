import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeSafetensors } from "@loam/formats";
import { concat, gradients, mul, reduceSum, silu, split, type Tensor, unsqueeze, type Value, value } from "@loam/graph";
import { describe, expect, test } from "vitest";
import { guideChannels } from "../src/diffusion/guidance.ts";
import { classEmbedding, type ImageDitConfig, imageDit, imageDitBlock } from "../src/dit/image-dit.ts";
import { modulate, plainNorm } from "../src/dit/modulate.ts";
import { openImageDit } from "../src/dit/open-image-dit.ts";
import { timestepEmbedding } from "../src/dit/timestep-embedding.ts";
import { sincos2d } from "../src/patches/positions.ts";
import { evaluate, expectClose, Golden, goldenFiles, modulesFrom, weightsOf } from "./golden.ts";

test("dit-embeddings: times and places", async () => {
  const golden = await Golden.read("video", "dit-embeddings.safetensors");
  for (const name of golden.tensors.keys()) {
    const time = /^timestep_embedding\.(\d+)$/.exec(name);
    const place = /^pos_embed_2d\.dim(\d+)\.grid(\d+)x(\d+)$/.exec(name);
    if (time) {
      const { out } = await evaluate({ t: golden.get("t") }, ({ t }) => ({
        out: timestepEmbedding(t!, Number(time[1])),
      }));
      expectClose(out!, golden.get(name), { what: name, within: 1e-4 });
    } else if (place) {
      const [width, rows, columns] = place.slice(1).map(Number) as [number, number, number];
      expectClose(sincos2d({ rows, columns }, width).data, golden.get(name), { what: name });
    } else expect(name).toBe("t");
  }
});

describe.each(goldenFiles("video", "dit-block-"))("%s", (file) => {
  test("every stage and every gradient is that of the reference", async () => {
    const golden = await Golden.read("video", file);
    const { hidden, heads } = golden.config();
    const inputs = { ...weightsOf(golden), x: golden.get("x"), c: golden.get("c"), dy: golden.get("grad_output") };
    const results = await evaluate(inputs, (i) => {
      const modules = modulesFrom(i);
      const stages: Record<string, Tensor> = {};
      const out = imageDitBlock(modules, "", heads, {
        x: i.x!,
        c: i.c!,
        onStage: (name, x) => void (stages[`mid.${name}`] = x),
      });
      const parts = split(modules.linear("adaLN_modulation.1", silu(i.c!)), { axis: 1, sizes: Array(6).fill(hidden) });
      const names = ["shift_msa", "scale_msa", "gate_msa", "shift_mlp", "scale_mlp", "gate_mlp"];
      const [shift, scale] = parts.map((part) => unsqueeze(part, 1));
      const { dy: _, ...wrt } = i;
      return {
        out,
        ...stages,
        ...Object.fromEntries(parts.map((part, n) => [`mid.${names[n]}`, part])),
        "mid.norm1": plainNorm(i.x!),
        "mid.modulated": modulate(i.x!, { shift: shift!, scale: scale! }),
        ...Object.fromEntries(
          Object.entries(gradients(reduceSum(mul(out, i.dy!)), wrt)).map(([name, g]) => [
            `grad.${name.replace("weights.", "")}`,
            g,
          ]),
        ),
      };
    });
    for (const [name, result] of Object.entries(results)) expectClose(result, golden.get(name), { what: name });
  });
});

const imageConfig = (golden: Golden): ImageDitConfig => {
  const json = golden.config();
  return {
    inputSize: json.input_size,
    patchSize: json.patch_size,
    channels: json.in_channels,
    hidden: json.hidden_size,
    depth: json.depth,
    heads: json.num_heads,
    classes: json.num_classes,
    learnSigma: json.learn_sigma,
  };
};

describe.each(goldenFiles("video", "dit-model-"))("%s", (file) => {
  test("stages, output, dropped labels and both kinds of guidance are those of the reference", async () => {
    const golden = await Golden.read("video", file);
    const config = imageConfig(golden);
    const scales: number[] = golden.config().cfg_scales;
    const inputs = {
      ...weightsOf(golden),
      x: golden.get("x"),
      t: value(golden.numbers("t"), golden.shape("t")),
      y: golden.indices("y"),
      drop: golden.mask("force_drop"),
      z: golden.get("cfg.z"),
      tt: value(golden.numbers("cfg.t"), golden.shape("cfg.t")),
      yy: golden.indices("cfg.y"),
    };
    const results = await evaluate(inputs, (i) => {
      const modules = modulesFrom(i);
      const stages: Record<string, Tensor> = {};
      const out = imageDit(modules, config, {
        x: i.x!,
        t: i.t!,
        y: i.y!,
        onStage: (name, x) => void (stages[`mid.${name}`] = x),
      });
      const [first] = split(i.z!, { axis: 0, sizes: [rowsOf(i.x!), rowsOf(i.x!)] });
      const both = imageDit(modules, config, { x: concat([first!, first!], { axis: 0 }), t: i.tt!, y: i.yy! });
      return {
        out,
        ...stages,
        "mid.y_embed": classEmbedding(modules, config, i.y!),
        "mid.y_embed_dropped": classEmbedding(modules, config, i.y!, i.drop!),
        "cfg.forward": both,
        ...Object.fromEntries(
          scales.flatMap((scale) => [
            [`cfg.out.${asPython(scale)}`, guideChannels(both, { scale, channels: 3 })],
            [`cfg.out_all_channels.${asPython(scale)}`, guideChannels(both, { scale, channels: config.channels })],
          ]),
        ),
      };
    });
    for (const [name, result] of Object.entries(results)) expectClose(result, golden.get(name), { what: name });
  });

  test("a checkpoint's sizes follow from its tensors", async () => {
    const golden = await Golden.read("video", file);
    const folder = await mkdtemp(join(tmpdir(), "image-dit-"));
    try {
      const path = join(folder, "dit.safetensors");
      const tensors = Object.entries(golden.under("weights.")).map(
        ([name, x]: [string, Value]) =>
          [name, { dtype: "F32" as const, shape: x.dims, data: x.data as Float32Array }] as const,
      );
      await writeSafetensors(path, tensors);
      const config = imageConfig(golden);
      const { config: found, weights } = await openImageDit(path, { heads: config.heads });
      expect(found).toEqual(config);
      expect(Object.keys(weights).sort()).toEqual(Object.keys(golden.under("weights.")).sort());
      await expect(openImageDit(path)).rejects.toThrow("its number of heads is not known");
      await expect(openImageDit("model.pt")).rejects.toThrow("opening it may run any code");
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

const rowsOf = (x: Tensor) => x.shape[0] as number;

/** 4 as Python prints it: 4.0. */
const asPython = (x: number) => (Number.isInteger(x) ? x.toFixed(1) : `${x}`);
