import { mkdtemp, readFile, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { float32ToBfloat16, float32ToFloat16 } from "./float16.ts";
import { SafetensorsFile, writeSafetensors } from "./safetensors.ts";

const folder = await mkdtemp(join(tmpdir(), "loam-safetensors-"));
let files = 0;
const newPath = () => join(folder, `${files++}.safetensors`);

/** A file with the given header and body bytes, whether or not they fit together. */
async function handMade(header: unknown, bodyBytes: number): Promise<string> {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(json.length));
  const path = newPath();
  await writeFile(path, Buffer.concat([prefix, json, Buffer.alloc(bodyBytes)]));
  return path;
}

const f32 = (shape: number[], begin: number, end: number) => ({ dtype: "F32", shape, data_offsets: [begin, end] });

describe("safetensors", () => {
  test("what was written is read back, every dtype, with metadata, empty tensors and scalars", async () => {
    const path = newPath();
    const halves = float32ToFloat16(Float32Array.of(1.5, -0.25, 65504));
    await writeSafetensors(
      path,
      [
        ["bytes", { dtype: "U8", shape: [3], data: Uint8Array.of(1, 2, 255) }],
        ["x", { dtype: "F32", shape: [2, 2], data: Float32Array.of(1, -2, 3.5, 0) }],
        ["ids", { dtype: "I64", shape: [2], data: BigInt64Array.of(-1n, 9n) }],
        ["half", { dtype: "F16", shape: [3], data: halves }],
        ["brain", { dtype: "BF16", shape: [1], data: float32ToBfloat16(Float32Array.of(-3)) }],
        ["scalar", { dtype: "F32", shape: [], data: Float32Array.of(7) }],
        ["none", { dtype: "F32", shape: [0, 4], data: new Float32Array() }],
      ],
      { metadata: { format: "pt" } },
    );
    const file = await SafetensorsFile.open(path);
    expect(file.metadata).toEqual({ format: "pt" });
    expect([...file.tensors.keys()][0]).toBe("ids");
    expect(await file.read("bytes")).toEqual(Uint8Array.of(1, 2, 255));
    expect(await file.readFloat32("x")).toEqual(Float32Array.of(1, -2, 3.5, 0));
    expect(await file.readFloat32("ids")).toEqual(Float32Array.of(-1, 9));
    expect(await file.readFloat32("half")).toEqual(Float32Array.of(1.5, -0.25, 65504));
    expect(await file.readFloat32("brain")).toEqual(Float32Array.of(-3));
    expect(file.entry("scalar").shape).toEqual([]);
    expect(await file.readFloat32("none")).toHaveLength(0);
    expect(() => file.entry("scalr")).toThrow('Did you mean "scalar"?');
    await file.close();
  });

  test("a truncated file names the tensor that is cut and both lengths", async () => {
    const path = newPath();
    await writeSafetensors(path, [["w", { dtype: "F32", shape: [4], data: new Float32Array(4) }]]);
    const size = (await readFile(path)).length;
    await truncate(path, size - 5);
    await expect(SafetensorsFile.open(path)).rejects.toThrow(
      `tensor "w" (F32 [4]) ends at byte ${size}, but the file has ${size - 5}; it is truncated. Download or convert the file again.`,
    );
  });

  test.each([
    ["a hole", { a: f32([1], 0, 4), b: f32([1], 8, 12) }, 12, 'a hole of 4 bytes before tensor "b"'],
    ["an overlap", { a: f32([2], 0, 8), b: f32([1], 4, 8) }, 8, 'tensor "b" starts 4 bytes before the end'],
    ["a wrong size", { a: f32([3], 0, 8) }, 8, 'tensor "a" (F32 [3]) takes 12 bytes, but its range holds 8'],
    ["bytes left over", { a: f32([1], 0, 4) }, 6, "2 bytes follow the last tensor"],
    [
      "an unknown dtype",
      { a: { dtype: "F7", shape: [], data_offsets: [0, 4] } },
      4,
      'tensor "a" has dtype "F7"; expected one of F64',
    ],
    ["a bad shape", { a: f32([-1], 0, 4) }, 4, 'tensor "a" has shape [-1]'],
    ["a header that is no JSON", "{oops", 0, "the header is not JSON"],
  ])("%s is refused with the tensor and the numbers", async (_, header, bodyBytes, message) => {
    await expect(SafetensorsFile.open(await handMade(header, bodyBytes))).rejects.toThrow(message);
  });

  test("an HTML page under a .safetensors name is recognised", async () => {
    const path = newPath();
    await writeFile(path, "<!doctype html><html>not found</html>");
    await expect(SafetensorsFile.open(path)).rejects.toThrow(/no safetensors file.*HTML page/);
  });

  test("a missing file and a folder are told apart", async () => {
    await expect(SafetensorsFile.open(join(folder, "absent"))).rejects.toMatchObject({ code: "not_found" });
    await expect(SafetensorsFile.open(folder)).rejects.toMatchObject({ code: "not_a_file" });
  });

  test("data that does not fill its shape is not written", async () => {
    await expect(
      writeSafetensors(newPath(), [["w", { dtype: "F32", shape: [4], data: new Float32Array(3) }]]),
    ).rejects.toThrow('Tensor "w" holds 12 bytes; F32 [4] takes 16.');
  });
});
