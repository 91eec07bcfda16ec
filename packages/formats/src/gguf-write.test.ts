import { existsSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { GgufFile } from "./gguf.ts";
import { writeGguf } from "./gguf-write.ts";

const folder = await mkdtemp(join(tmpdir(), "loam-gguf-write-"));

test("what is written is read: every kind of metadata, three float types, shapes in our order", async () => {
  const path = join(folder, "all.gguf");
  const values = Float32Array.of(1, -2, 0.5, 4, 1.5, -0.25);
  const tokens = Array.from({ length: 9000 }, (_, i) => `词${i}`); // more than the first buffer holds
  const written: string[] = [];
  await writeGguf(
    path,
    {
      metadata: {
        "general.architecture": { type: "string", value: "llama" },
        count: { type: "u32", value: 4_000_000_000 },
        signed: { type: "i32", value: -3 },
        big: { type: "u64", value: 2 ** 40 },
        epsilon: { type: "f32", value: 0.5 },
        yes: { type: "bool", value: true },
        tokens: { type: "array", items: "string", value: tokens },
        scores: { type: "array", items: "f32", value: [-1, 0.25] },
      },
      tensors: (["F32", "F16", "BF16"] as const).map((type) => ({
        name: type,
        type,
        shape: [2, 3],
        read: () => values,
      })),
    },
    { onTensor: (name) => written.push(name) },
  );
  const file = await GgufFile.open(path);
  expect(Object.fromEntries(file.metadata)).toEqual({
    "general.architecture": "llama",
    count: 4_000_000_000,
    signed: -3,
    big: 2 ** 40,
    epsilon: 0.5,
    yes: true,
    tokens,
    scores: [-1, 0.25],
  });
  for (const type of ["F32", "F16", "BF16"]) {
    expect(file.tensors.get(type)).toMatchObject({ type, shape: [2, 3] });
    expect(await file.readFloat32(type)).toEqual(values); // exact in all three
  }
  await file.close();
  expect(written).toEqual(["F32", "F16", "BF16"]);
});

test("a tensor of the wrong size is refused by name, and no file is left", async () => {
  const path = join(folder, "wrong.gguf");
  const tensors = [{ name: "w", type: "F32" as const, shape: [2, 2], read: () => new Float32Array(3) }];
  await expect(writeGguf(path, { metadata: {}, tensors })).rejects.toThrow('Tensor "w" holds 3 values; [2,2] takes 4.');
  expect([existsSync(path), existsSync(`${path}.part`)]).toEqual([false, false]);
});
