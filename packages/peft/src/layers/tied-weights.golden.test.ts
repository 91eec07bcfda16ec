import { readdirSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@loam/core";
import { readSafetensors, toFloat32 } from "@loam/formats";
import { floats } from "@loam/graph";
import { type ForwardOptions, forward, openModel } from "@loam/models";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { goldenPath } from "../../test/golden.ts";
import { readAdapter, writeAdapter } from "../files/adapter-files.ts";
import { fitAdapter } from "../files/fit-adapter.ts";
import { mergeAdapter, mergedParameters } from "../merging/merge-adapter.ts";
import { openAdapter } from "../running/adapted-generator.ts";
import { baseModelOf } from "./base-model.ts";

/** Logits reach 3; both sides run in float32. */
const tolerance = 2e-5;

const recorded = goldenPath("tied")!;
const archs = readdirSync(join(recorded, "theirs"));
const cases = archs.flatMap((arch) => readdirSync(join(recorded, "theirs", arch)).map((name) => ({ arch, name })));
const inputs = (await readSafetensors(join(recorded, "in.safetensors"))).tensors.get("input_ids")!;
const ids = [Array.from(inputs.data as BigInt64Array, Number)];

let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "loam-tied-"));
});
afterAll(() => rm(scratch, { recursive: true }));

describe.each(cases)("$arch $name", ({ arch, name }) => {
  const folder = join(recorded, "theirs", arch, name);
  const base = join(recorded, "bases", arch);

  async function expectLogits(model: string, options: ForwardOptions, label: string): Promise<void> {
    const { logits } = await forward(await openModel(model), { inputIds: ids }, options);
    const { dtype, data } = (await readSafetensors(join(folder, "ref.safetensors"))).tensors.get("ref")!;
    const expected = toFloat32(dtype, data);
    const found = floats(logits!);
    expect(found.length, label).toBe(expected.length);
    expect(
      expected.reduce((most, x, i) => Math.max(most, Math.abs(x - found[i]!)), 0),
      label,
    ).toBeLessThan(tolerance);
  }

  test("gives the reference's logits beside the base, folded in, from its merged folder and written again", async () => {
    const model = await openModel(base);
    await expectLogits(base, await openAdapter(folder, model), "beside the base");
    const adapter = await readAdapter(folder);
    if (adapter.method.merge) {
      await expectLogits(base, { parameters: await mergedParameters(model, folder) }, "folded in");
      const merged = join(scratch, `${arch}-${name}-merged`);
      await mergeAdapter(base, folder, merged);
      await expectLogits(merged, {}, "from the merged folder");
    }
    const { config, tensors } = await fitAdapter(baseModelOf(model), adapter);
    const again = join(scratch, `${arch}-${name}`);
    await writeAdapter(again, adapter.method, await adapter.method.toFile!(baseModelOf(model), config, tensors));
    await expectLogits(base, await openAdapter(again, model), "written again");
    const held = async (path: string) => new Set((await readSafetensors(path)).tensors.keys());
    const file = adapter.method.type === "BOTTLENECK" ? "adapter.safetensors" : "adapter_model.safetensors";
    // PEFT writes the base's own weight beside adapters on embeddings; it has to be neither written nor read.
    const theirs = [...(await held(join(folder, file)))].filter((key) => !key.endsWith(".base_layer.weight"));
    expect([...(await held(join(again, file)))].sort()).toEqual(theirs.sort());
  });
});

test("AdapterHub reads `scaling` as a number with a point: what is whole is written with one", async () => {
  const base = baseModelOf(await openModel(join(recorded, "bases/gemma3")));
  const { method } = await readAdapter(join(recorded, "theirs/gemma3/seq_bn"));
  const config = method.readConfig({ config: { reduction_factor: 4, scaling: 2 } });
  const tensors = await method.init(base, config, new Rng(1));
  await writeAdapter(join(scratch, "scaled"), method, await method.toFile!(base, config, tensors));
  const text = await readFile(join(scratch, "scaled/adapter_config.json"), "utf8");
  expect(text).toMatch(/"scaling": 2\.0,/);
  expect(text).toMatch(/"dropout": 0\.0,/);
  expect(text).toMatch(/"reduction_factor": 4,/);
});
