import {
  add,
  concat,
  gradients,
  mul,
  not,
  or,
  pad,
  reduceSum,
  slice,
  square,
  sub,
  type Tensor,
  unsqueeze,
  value,
} from "@loam/graph";
import { describe, expect, test } from "vitest";
import { flowLoss } from "../src/diffusion/flow/loss.ts";
import { guide } from "../src/diffusion/guidance.ts";
import { conditionOf, dropPrompts, packedVideoDit, placesOf, videoDit } from "../src/dit/video-dit.ts";
import { packClips, wordSegments } from "../src/patches/packing.ts";
import { patchGrid, patchify, unpatchify } from "../src/patches/patchify.ts";

import { evaluate, expectClose, Golden, goldenFiles, modulesFrom, weightsOf } from "./golden.ts";
import { configOf } from "./video-dit-config.ts";

describe.each(goldenFiles("video", "video-dit-"))("%s", (file) => {
  test("stages, output, guidance, loss and gradients are those of the reference", async () => {
    const golden = await Golden.read("video", file);
    const config = configOf(golden.config());
    const { depth, grads } = golden.config();
    const inputs = {
      ...weightsOf(golden),
      x: golden.get("x"),
      t: golden.get("t"),
      text: golden.get("text"),
      mask: golden.mask("mask"),
      drop: golden.mask("drop"),
      clean: golden.get("train.clean"),
      noise: golden.get("train.noise"),
    };
    const results = await evaluate(inputs, (i) => {
      const modules = modulesFrom(i);
      const given = { text: i.text!, mask: i.mask! };
      const prompts = dropPrompts(modules, given, i.drop!);
      const none = dropPrompts(modules, given, everyRow(i.drop!));
      const blocks: Tensor[] = [];
      const run = (x: Tensor, of: typeof prompts, onBlock?: (x: Tensor) => void) =>
        videoDit(modules, config, { x, t: i.t!, prompts: of, onBlock });
      const out = run(i.x!, prompts, (x) => blocks.push(x));
      const [cond, uncond] = [run(i.x!, given), run(i.x!, none)];
      const { condition, words } = conditionOf(modules, i.t!, prompts);
      const loss = flowLoss(
        { x: i.clean!, eps: i.noise!, t: i.t! },
        { prediction: "velocity", predict: (xt) => run(xt, prompts) },
      );
      const wanted = Object.fromEntries((grads as string[]).map((name) => [name, i[`weights.${name}`]!]));
      return {
        "mid.condition": condition,
        "mid.words": words,
        ...Object.fromEntries(blocks.map((block, n) => [`mid.block${n}`, block])),
        out,
        "cfg.cond": cond,
        "cfg.uncond": uncond,
        "cfg.out.3.0": guide(cond, uncond, 3),
        "train.loss": loss,
        ...Object.fromEntries(Object.entries(gradients(loss, wanted)).map(([name, g]) => [`grad.${name}`, g])),
      };
    });
    expect(Object.keys(results).filter((name) => name.startsWith("mid.block"))).toHaveLength(depth);
    for (const [name, result] of Object.entries(results)) expectClose(result, golden.get(name), { what: name });
  });
});

/** A mask with every row dropped. */
const everyRow = (drop: Tensor): Tensor => or(drop, not(drop));

describe.each(goldenFiles("video", "video-packing-"))("%s", (file) => {
  test("clips that share a row come out as each alone, with the same gradients", async () => {
    const golden = await Golden.read("video", file);
    const json = golden.config();
    const config = configOf(json);
    const sizes = (json.clips as [number, number, number][]).map(([frames, height, width]) => ({
      frames,
      height,
      width,
    }));
    const grids = sizes.map((size) => patchGrid(size, config.patch));
    const row = packClips(grids, { padTo: json.pad_to });
    const words = wordSegments(golden.numbers("mask"), { clips: sizes.length });
    expect([...row.segments]).toEqual(golden.numbers("packed.segments"));
    expect(row.positions.flat()).toEqual(golden.numbers("packed.positions"));
    expect([...words]).toEqual(golden.numbers("packed.text_segments"));
    const inputs = {
      ...weightsOf(golden),
      ...Object.fromEntries([...golden.tensors].filter(([name]) => /^clip\d+\.(x|target)$/.test(name))),
      t: golden.get("t"),
      text: golden.get("text"),
      mask: golden.mask("mask"),
      segments: value([...row.segments], [row.length], "int64"),
      wordSegments: value([...words], [words.length], "int64"),
    };
    const batched = (x: Tensor) => unsqueeze(x, 0);
    const results = await evaluate(inputs, (i) => {
      const modules = modulesFrom(i);
      const cut = sizes.map((_, n) => patchify(batched(i[`clip${n}.x`]!), config.patch));
      const used = row.lengths.reduce((a, b) => a + b, 0);
      const tokens = pad(concat(cut, { axis: 1 }), {
        pads: [
          [0, 0],
          [0, row.length - used],
          [0, 0],
        ],
      });
      const out = packedVideoDit(modules, config, {
        tokens,
        places: placesOf(config, row.positions),
        segments: i.segments!,
        wordSegments: i.wordSegments!,
        t: i.t!,
        prompts: { text: i.text!, mask: i.mask! },
      });
      let at = 0;
      const clips = grids.map((grid, n) => {
        const part = slice(out, { axes: [1], starts: [at], ends: [(at += row.lengths[n]!)] });
        return unpatchify(part, { patch: config.patch, grid, channels: config.channels });
      });
      const alone = sizes.map((_, n) => {
        const pick = (x: Tensor) => slice(x, { axes: [0], starts: [n], ends: [n + 1] });
        return videoDit(modules, config, {
          x: batched(i[`clip${n}.x`]!),
          t: pick(i.t!),
          prompts: { text: pick(i.text!), mask: pick(i.mask!) },
        });
      });
      const total = sizes.reduce(
        (sum, { frames, height, width }) => sum + frames * height * width * config.channels,
        0,
      );
      const errors = clips.map((clip, n) => reduceSum(square(sub(clip, batched(i[`clip${n}.target`]!)))));
      const loss = mul(
        errors.reduce((a, b) => add(a, b)),
        1 / total,
      );
      const wanted = Object.fromEntries((json.grads as string[]).map((name) => [name, i[`weights.${name}`]!]));
      return {
        "packed.tokens": tokens,
        "packed.out_tokens": out,
        loss,
        ...Object.fromEntries(clips.map((clip, n) => [`clip${n}.out`, clip])),
        ...Object.fromEntries(alone.map((clip, n) => [`alone${n}`, clip])),
        ...Object.fromEntries(Object.entries(gradients(loss, wanted)).map(([name, g]) => [`grad.${name}`, g])),
      };
    });
    for (const [name, result] of Object.entries(results)) {
      const single = /^alone(\d+)$/.exec(name)?.[1];
      // Padding may read anything, so its tokens are not compared.
      if (name === "packed.out_tokens") continue;
      expectClose(result, golden.get(single === undefined ? name : `clip${single}.out`), { what: name });
      if (single !== undefined)
        expectClose(results[`clip${single}.out`]!, result, { what: `${name} together`, within: 2e-6 });
    }
  });
});
