import { closeSync, existsSync, mkdtempSync, openSync, readSync, rmSync, statfsSync, writevSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { value } from "@loam/graph";
import type { Params } from "../steps/gradients.ts";

type Shapes = Readonly<Record<string, { shape: readonly number[] }>>;

/**
 * Tensors that processes hand each other through an open file without a name: float32, in the order of their keys, written
 * and read at once. The file lies in memory where the system has a place for that, and is gone with the last process.
 */
export class TensorExchange {
  readonly #fd: number;
  readonly #keys: readonly string[];
  readonly #shapes: Shapes;
  readonly sizeBytes: number;
  /** Read into again and again: what {@link read} returned before is overwritten. */
  #buffer: Float32Array<ArrayBuffer> | undefined;

  constructor(fd: number, shapes: Shapes) {
    this.#fd = fd;
    this.#shapes = shapes;
    this.#keys = Object.keys(shapes).sort();
    this.sizeBytes = 4 * this.#keys.reduce((sum, key) => sum + sizeOf(shapes[key]!.shape), 0);
  }

  write(tensors: Params): void {
    const parts = this.#keys.map((key) => {
      const { buffer, byteOffset, byteLength } = tensors[key]!.data as Float32Array;
      return new Uint8Array(buffer, byteOffset, byteLength);
    });
    let written = 0;
    // IOV_MAX is 1024, and one call may write less than it was given.
    for (let at = 0; at < parts.length; ) {
      const group = parts.slice(at, at + 512);
      const wanted = group.reduce((sum, part) => sum + part.byteLength, 0);
      let done = writevSync(this.#fd, group, written);
      written += done;
      while (done < wanted) {
        const count = writevSync(this.#fd, rest(group, done), written);
        done += count;
        written += count;
      }
      at += group.length;
    }
  }

  /**
   * The tensors last written, in memory that the next read uses again.
   *
   * @throws {Error} when the exchange is shorter than what is read.
   */
  read(): Params {
    this.#buffer ??= new Float32Array(this.sizeBytes / 4);
    const bytes = new Uint8Array(this.#buffer.buffer);
    for (let at = 0; at < bytes.length; ) {
      const count = readSync(this.#fd, bytes, at, bytes.length - at, at);
      if (count === 0) throw new Error(`the exchange ends at byte ${at} of ${bytes.length}`);
      at += count;
    }
    let at = 0;
    const tensors: Record<string, Params[string]> = {};
    for (const key of this.#keys) {
      const { shape } = this.#shapes[key]!;
      const size = sizeOf(shape);
      tensors[key] = value(this.#buffer.subarray(at, at + size), shape);
      at += size;
    }
    return tensors;
  }
}

/**
 * A file that is open but has no name any more: children inherit its descriptor. It lies in memory where the system has room
 * for that (containers often have 64 MB of it), else among the temporary files.
 *
 * @param roomBytes what all the files of this kind are going to take together
 */
export function openNamelessFile({ roomBytes }: { roomBytes: number }): { fd: number; close: () => void } {
  const folder = mkdtempSync(join(hasRoom(inMemory, roomBytes) ? inMemory : tmpdir(), "loam-"));
  const fd = openSync(join(folder, "tensors"), "w+");
  rmSync(folder, { recursive: true });
  return { fd, close: () => closeSync(fd) };
}

const inMemory = "/dev/shm";

function hasRoom(path: string, bytes: number): boolean {
  if (!existsSync(path)) return false;
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize > 2 * bytes;
}

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

function rest(parts: readonly Uint8Array[], done: number): Uint8Array[] {
  const left: Uint8Array[] = [];
  for (const part of parts) {
    if (done < part.byteLength) left.push(part.subarray(done));
    done = Math.max(0, done - part.byteLength);
  }
  return left;
}
