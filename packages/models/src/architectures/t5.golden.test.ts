import { existsSync } from "node:fs";
import { join } from "node:path";
import { readSafetensors } from "@loam/formats";
import { compile, floats, numbers, type Tensor, type Value, value } from "@loam/graph";
import { describe, expect, test } from "vitest";
import { goldenFolder } from "../../test/golden.ts";
import { frozenParameters } from "../checkpoints/checkpoint.ts";
import { type EncoderModel, openModel } from "../model/model.ts";
import { Modules } from "../modules/modules.ts";
import { relativeBuckets } from "./t5.ts";

const folder = goldenFolder("wan");
const names = ["umt5", "t5"].filter((name) => existsSync(join(folder, name)));

describe.each(names)("%s", (name) => {
  test("hidden states, masked and not, are those of transformers", async () => {
    const { tensors } = await readSafetensors(join(folder, `${name}.safetensors`));
    const get = (key: string) => tensors.get(key)!;
    const model = (await openModel(join(folder, name))) as EncoderModel;
    const { architecture, config, checkpoint } = model;
    const { layers } = config;
    const shape = get("input_ids").shape;
    const modules = new Modules(frozenParameters(checkpoint, architecture));
    const program = await compile(
      ({ ids, mask }: { ids: Tensor; mask: Tensor }) => {
        const states = architecture.forward(modules, config, { ids, mask });
        return Object.fromEntries(states.map((state, i) => [`state${i}`, state]));
      },
      { inputs: { ids: { dtype: "int64", shape: ["b", "t"] }, mask: { dtype: "bool", shape: ["b", "t"] } } as never },
    );
    const run = async (ids: number[], mask: boolean[], dims: number[]) =>
      (await program({ ids: value(ids, dims, "int64"), mask: value(mask, dims, "bool") } as never)) as Record<
        string,
        Value
      >;
    const ids = Array.from(get("input_ids").data as Int32Array);
    const mask = Array.from(get("attention_mask").data as Int32Array, (x) => x !== 0);
    const close = (found: ArrayLike<number>, expected: ArrayLike<number>, what: string) => {
      expect(found.length, what).toBe(expected.length);
      const scale = Math.max(1, ...Array.from(expected, Math.abs));
      const worst = Math.max(...Array.from(found, (x, i) => Math.abs(x - expected[i]!) / scale));
      expect(worst, what).toBeLessThan(1e-4);
    };
    const masked = await run(ids, mask, shape);
    for (let i = 0; i < layers - 1; i++)
      close(floats(masked[`state${i + 1}`]!), get(`hidden.layer${i}`).data as Float32Array, `layer ${i}`);
    close(floats(masked[`state${layers}`]!), get("out").data as Float32Array, "out");
    const unmasked = await run(
      ids,
      ids.map(() => true),
      shape,
    );
    close(floats(unmasked[`state${layers}`]!), get("out_without_mask").data as Float32Array, "without mask");
    const [rows, T] = shape as [number, number];
    for (let row = 0; row < rows; row++) {
      const length = mask.slice(row * T, (row + 1) * T).filter(Boolean).length;
      const alone = await run(ids.slice(row * T, row * T + length), Array(length).fill(true), [1, length]);
      close(floats(alone[`state${layers}`]!), get(`alone.${row}`).data as Float32Array, `row ${row} alone`);
    }
    await program.close();
  });

  test("offsets fall into the classes of the reference", async () => {
    const { tensors } = await readSafetensors(join(folder, `${name}.safetensors`));
    const offsets = Array.from(tensors.get("bucket.offset")!.data as Int32Array);
    const { config } = (await openModel(join(folder, name))) as EncoderModel;
    const program = await compile(
      ({ offset }: { offset: Tensor }) => ({ bucket: relativeBuckets(offset, config as never) }),
      { inputs: { offset: { dtype: "int64", shape: [offsets.length] } } as never },
    );
    const { bucket } = (await program({ offset: value(offsets, [offsets.length], "int64") } as never)) as {
      bucket: Value;
    };
    expect(numbers(bucket)).toEqual(Array.from(tensors.get("bucket.index")!.data as Int32Array));
    await program.close();
  });
});
