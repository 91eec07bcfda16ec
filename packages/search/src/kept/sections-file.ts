import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync } from "node:fs";
import { mkdir, open, rename, rm } from "node:fs/promises";
import { endianness } from "node:os";
import { dirname } from "node:path";
import { InputError } from "@loam/core";
import { SafetensorsFile, type TensorEntry, type TensorToWrite, writeSafetensors } from "@loam/formats";
import type { Sections, Values } from "./sections.ts";

/** Raised when what is written or how terms are made changes: what was kept before is not looked at any more. */
export const keptFormat = 1;

/** The file is read as it lies in memory, so nothing is kept on the few machines that are big-endian. */
export const canKeep = endianness() === "LE";

const arrayTypes = {
  U8: Uint8Array,
  I8: Int8Array,
  I16: Int16Array,
  U16: Uint16Array,
  U32: Uint32Array,
  F32: Float32Array,
} as const;

/** Open files are closed when nobody can read from them any more: a search may still be on its way in one that was replaced. */
const files = new FinalizationRegistry<number>((descriptor) => {
  try {
    closeSync(descriptor);
  } catch {}
});

/**
 * Writes arrays as a safetensors file, beside its place and then renamed: a reader finds the file whole or not at all.
 *
 * @throws {Error} of the file system when the folder cannot be written.
 */
export async function writeSections(path: string, arrays: ReadonlyMap<string, Values>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const beside = `${path}.${randomUUID()}.tmp`;
  try {
    await writeSafetensors(
      beside,
      [...arrays].map(([name, data]) => [name, { dtype: dtypeOf(data), shape: [data.length], data }] as const),
    );
    const file = await open(beside, "r+");
    await file.sync().finally(() => file.close());
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/**
 * Opens what {@link writeSections} wrote.
 *
 * @throws {NotFoundError} when there is no such file.
 * @throws {InputError} `bad_safetensors` when it is damaged.
 */
export async function openSections(path: string): Promise<Sections> {
  const file = await SafetensorsFile.open(path);
  await file.close();
  return new FileSections(path, file.tensors);
}

class FileSections implements Sections {
  readonly #path: string;
  readonly #entries: ReadonlyMap<string, TensorEntry>;
  readonly #descriptor: number;

  constructor(path: string, entries: ReadonlyMap<string, TensorEntry>) {
    this.#path = path;
    this.#entries = entries;
    this.#descriptor = openSync(path, "r");
    files.register(this, this.#descriptor);
  }

  length(name: string): number {
    return this.#entries.get(name)?.shape[0] ?? 0;
  }

  slice<T extends Values>(name: string, from: number, to: number): T {
    const { dtype } = this.#entry(name);
    const target = new arrayTypes[dtype as keyof typeof arrayTypes](Math.max(0, to - from));
    this.copyInto(name, from, target);
    return target as Values as T;
  }

  copyInto(name: string, from: number, target: Values): void {
    const { offset } = this.#entry(name);
    const bytes = new Uint8Array(target.buffer, target.byteOffset, target.byteLength);
    const start = offset + from * target.BYTES_PER_ELEMENT;
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(this.#descriptor, bytes, done, bytes.length - done, start + done);
      if (read === 0)
        throw new InputError("bad_index", `${this.#path} ends in the middle of ${JSON.stringify(name)}.`, {
          details: { path: this.#path },
          hint: "delete the file: it is made anew",
        });
      done += read;
    }
  }

  #entry(name: string): TensorEntry {
    const entry = this.#entries.get(name);
    if (entry) return entry;
    throw new InputError(
      "bad_index",
      `${this.#path} has no ${JSON.stringify(name)}; expected an index of format ${keptFormat}.`,
      {
        details: { path: this.#path },
        hint: "delete the file: it is made anew",
      },
    );
  }
}

function dtypeOf(data: Values): TensorToWrite["dtype"] {
  const found = Object.entries(arrayTypes).find(([, type]) => data instanceof type);
  return found![0] as keyof typeof arrayTypes;
}
