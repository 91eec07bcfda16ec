import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { GgufFile } from "./gguf.ts";

const folder = new URL("../../core/test/gguf/", import.meta.url);
const {
  reference: _,
  values: __,
  ...expected
} = JSON.parse(readFileSync(new URL("expected.json", folder), "utf8")) as Record<string, string>;

test.each(Object.entries(expected))("%s decodes to llama.cpp's values", async (type, base64) => {
  const bytes = new Uint8Array(Buffer.from(base64, "base64"));
  const file = await GgufFile.open(new URL(`${type}.gguf`, folder).pathname);
  const [tensor] = file.tensors.values();
  expect(tensor!.type).toBe(type);
  const decoded = await file.readFloat32(tensor!.name);
  const reference = new Float32Array(bytes.buffer);
  expect(decoded.length).toBe(reference.length);
  // llama.cpp rounds d·scale to float32 before the product, which shows in the last bits.
  for (const [i, value] of reference.entries()) expect(Math.abs(decoded[i]! - value)).toBeLessThanOrEqual(2e-6);
  await file.close();
});
