import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { InputError, NotFoundError } from "@loam/core";

/** An array of bytes as MNIST's IDX files hold it. */
export interface IdxArray {
  shape: number[];
  data: Uint8Array;
}

/**
 * Reads an IDX file of bytes, gzipped or not: two zeros, the type 0x08, the number of axes, their sizes as big-endian u32, data.
 *
 * @throws {NotFoundError} when there is no such file. @throws {InputError} `bad_idx` saying what is wrong with it.
 */
export async function readIdx(path: string): Promise<IdxArray> {
  const file = await readFile(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") throw new NotFoundError("IDX file", path, { cause });
    throw cause;
  });
  const bad = (problem: string) => new InputError("bad_idx", `${path}: ${problem}`, { details: { path } });
  let bytes: Buffer = file;
  if (file[0] === 0x1f && file[1] === 0x8b) {
    try {
      bytes = gunzipSync(file);
    } catch (cause) {
      throw bad(`the gzip stream is damaged (${(cause as Error).message}).`);
    }
  }
  if (bytes.length < 4 || bytes.readUInt16BE(0) !== 0 || bytes[2] !== 0x08)
    throw bad("it does not begin like an IDX file of bytes (00 00 08).");
  const axes = bytes[3]!;
  if (bytes.length < 4 + 4 * axes) throw bad("it ends inside its header.");
  const shape = Array.from({ length: axes }, (_, axis) => bytes.readUInt32BE(4 + 4 * axis));
  const data = new Uint8Array(bytes.subarray(4 + 4 * axes));
  const expected = shape.reduce((a, b) => a * b, 1);
  if (data.length !== expected) throw bad(`it holds ${data.length} values; ${shape.join("×")} are ${expected}.`);
  return { shape, data };
}
