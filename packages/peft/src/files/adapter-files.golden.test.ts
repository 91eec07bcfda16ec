import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSafetensors } from "@loam/formats";
import { openModel } from "@loam/models";
import { afterAll, describe, expect, test } from "vitest";
import { baseOf, goldenPath } from "../../test/golden.ts";
import { baseModelOf } from "../layers/base-model.ts";
import { readAdapter, writeAdapter } from "./adapter-files.ts";
import { fitAdapter } from "./fit-adapter.ts";

const peft = goldenPath("peft")!;
const cases = readdirSync(peft).flatMap((name) =>
  ["adapter", "train/adapter"]
    .map((at) => join(name, at))
    .filter((at) => existsSync(join(peft, at, "adapter_config.json"))),
);
const folder = mkdtempSync(join(tmpdir(), "loam-files-"));
afterAll(() => rmSync(folder, { recursive: true }));

const readJson = (path: string) => JSON.parse(readFileSync(path, "utf8"));
const weights = (path: string) =>
  readSafetensors(
    ["adapter_model.safetensors", "adapter.safetensors"].map((name) => join(path, name)).find(existsSync)!,
  );

describe.each(cases)("%s", (name) => {
  const reference = join(peft, name);

  test("holds just the tensors, in the shapes, that its base calls for", async () => {
    const { base_model } = readJson(join(reference, name.endsWith("train/adapter") ? "../.." : "..", "golden.json"));
    const base = baseModelOf(await openModel(baseOf(peft, base_model)));
    const adapter = await readAdapter(reference);
    await expect(fitAdapter(base, adapter)).resolves.toBeTruthy();
  });

  test("read and written again, it has the reference's keys, numbers and options", async () => {
    const adapter = await readAdapter(reference);
    const path = join(folder, name.replace("/", "-"));
    await writeAdapter(path, adapter.method, adapter);
    const [theirs, ours] = [await weights(reference), await weights(path)];
    expect([...ours.tensors.keys()].sort()).toEqual([...theirs.tensors.keys()].sort());
    for (const [key, { shape, data }] of theirs.tensors) {
      expect(ours.tensors.get(key)!.shape).toEqual(shape);
      expect(ours.tensors.get(key)!.data, key).toEqual(data);
    }
    expect(readJson(join(path, "adapter_config.json"))).toMatchObject(readJson(join(reference, "adapter_config.json")));
  });
});
