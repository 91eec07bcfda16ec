import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { GrowingArray } from "@loam/core";
import { readSafetensors, type TensorData, writeSafetensors } from "@loam/formats";
import { writing } from "../disk/disk-errors.ts";
import { type EncodedExample, ignoreIndex } from "./encode.ts";

/** Where an example came from, for naming it in errors. */
export interface ExampleSource {
  file: string;
  line: number;
}

const tokensFile = "tokens.bin";
const indexFile = "index.safetensors";
const writeBytes = 2 ** 20;

/**
 * Encoded examples by number: in memory while they are few, else in a file that is read where it is asked for. A token takes
 * 4 bytes, its id where it is supervised and the complement ~id where it is not; an example takes 27 more in memory.
 */
export class RowStore {
  readonly length: number;
  /** Tokens of all examples. */
  readonly tokens: number;
  readonly inMemory: boolean;
  readonly #starts: Float64Array;
  readonly #index: RowIndex;
  readonly #source: Int32Array | FileHandle;

  private constructor(index: RowIndex, source: Int32Array | FileHandle) {
    const { lengths } = index;
    this.length = lengths.length;
    this.#index = index;
    this.#source = source;
    this.inMemory = source instanceof Int32Array;
    this.#starts = new Float64Array(lengths.length + 1);
    for (const [i, length] of lengths.entries()) this.#starts[i + 1] = this.#starts[i]! + length;
    this.tokens = this.#starts[lengths.length]!;
  }

  static inMemory(index: RowIndex, tokens: Int32Array): RowStore {
    return new RowStore(index, tokens);
  }

  /** Opens what {@link RowStoreWriter} left in a folder, with the note written beside it; undefined where there is none. */
  static async open(folder: string): Promise<{ store: RowStore; note: Record<string, string> } | undefined> {
    const read = await readSafetensors(join(folder, indexFile)).catch(() => undefined);
    const file = read && (await open(join(folder, tokensFile)).catch(() => undefined));
    if (!read || !file) return undefined;
    const array = <T extends TensorData>(name: string) => read.tensors.get(name)!.data as T;
    const { files, ...note } = read.metadata as Record<string, string> & { files: string };
    const index = {
      lengths: array<Uint32Array>("lengths"),
      supervised: array<Uint32Array>("supervised"),
      shared: array<Uint32Array>("shared"),
      lines: array<Uint32Array>("lines"),
      judged: array<Uint8Array>("judged"),
      fileOf: array<Uint16Array>("fileOf"),
      files: JSON.parse(files) as string[],
    };
    const store = new RowStore(index, file);
    if ((await file.stat()).size === 4 * store.tokens) return { store, note };
    await store.close();
    return undefined;
  }

  tokensOf(example: number): number {
    return this.#index.lengths[example]!;
  }

  /** Positions that enter the loss, whose next token is supervised. */
  supervisedOf(example: number): number {
    return this.#index.supervised[example]!;
  }

  /** First tokens that an example has in common with the one before it, none of them to learn; 0 where it begins anew. */
  sharedOf(example: number): number {
    return this.#index.shared[example]!;
  }

  sourceOf(example: number): ExampleSource {
    const { files, fileOf, lines } = this.#index;
    return { file: files[fileOf[example]!]!, line: lines[example]! };
  }

  async read(example: number): Promise<EncodedExample> {
    const start = this.#starts[example]!;
    const length = this.tokensOf(example);
    const stored =
      this.#source instanceof Int32Array
        ? this.#source.subarray(start, start + length)
        : await readTokens(this.#source, start, length);
    return {
      ids: stored.map((x) => (x < 0 ? ~x : x)),
      labels: stored.map((x) => (x < 0 ? ignoreIndex : x)),
      truncated: 0,
      ...(this.#index.judged[example]! > 0 && { isDesirable: this.#index.judged[example] === 1 }),
    };
  }

  async close(): Promise<void> {
    if (!(this.#source instanceof Int32Array)) await this.#source.close();
  }
}

async function readTokens(file: FileHandle, start: number, length: number): Promise<Int32Array> {
  const tokens = new Int32Array(length);
  const bytes = new Uint8Array(tokens.buffer);
  for (let at = 0; at < bytes.length; ) {
    const { bytesRead } = await file.read(bytes, at, bytes.length - at, 4 * start + at);
    if (bytesRead === 0) throw new Error(`the row file ends at token ${start + at / 4} of ${start + length}`);
    at += bytesRead;
  }
  return tokens;
}

interface RowIndex {
  lengths: Uint32Array;
  supervised: Uint32Array;
  shared: Uint32Array;
  lines: Uint32Array;
  /** 0 where an answer was not judged, 1 where it is desirable, 2 where it is not. */
  judged: Uint8Array;
  fileOf: Uint16Array;
  files: readonly string[];
}

/** Takes examples one by one; beyond `memoryBytes` of tokens it goes on in a file in `folder`. */
export class RowStoreWriter {
  readonly #folder: string;
  readonly #memoryBytes: number;
  readonly #lengths = new GrowingArray(Uint32Array);
  readonly #supervised = new GrowingArray(Uint32Array);
  readonly #shared = new GrowingArray(Uint32Array);
  readonly #lines = new GrowingArray(Uint32Array);
  readonly #judged = new GrowingArray(Uint8Array);
  readonly #fileOf = new GrowingArray(Uint16Array);
  readonly #files: string[] = [];
  /** All tokens while they are in memory, else those not yet written. */
  #tokens = new GrowingArray(Int32Array);
  #file: FileHandle | undefined;

  constructor({ folder, memoryBytes }: { folder: string; memoryBytes: number }) {
    this.#folder = folder;
    this.#memoryBytes = memoryBytes;
  }

  /** @param shared first tokens in common with the example before. */
  async append({ ids, labels, isDesirable }: EncodedExample, { file, line }: ExampleSource, shared = 0): Promise<void> {
    let supervised = 0;
    for (let i = 0; i < ids.length; i++) {
      const counts = labels[i] !== ignoreIndex;
      this.#tokens.push(counts ? ids[i]! : ~ids[i]!);
      if (counts && i > 0) supervised++;
    }
    this.#supervised.push(supervised);
    this.#shared.push(shared);
    this.#lengths.push(ids.length);
    this.#lines.push(line);
    this.#judged.push(isDesirable === undefined ? 0 : isDesirable ? 1 : 2);
    if (this.#files.at(-1) !== file) this.#files.push(file);
    this.#fileOf.push(this.#files.length - 1);
    if (4 * this.#tokens.length > (this.#file ? writeBytes : this.#memoryBytes)) await this.#flush();
  }

  /** What was appended, ready to be read. `note` is kept with a file, to tell later whether it still is the right one. */
  async finish(note: () => Record<string, string>): Promise<RowStore> {
    const index = {
      lengths: this.#lengths.values(),
      supervised: this.#supervised.values(),
      shared: this.#shared.values(),
      lines: this.#lines.values(),
      judged: this.#judged.values(),
      fileOf: this.#fileOf.values(),
      files: this.#files,
    };
    if (!this.#file) return RowStore.inMemory(index, this.#tokens.values());
    await this.#flush();
    await this.#file.close();
    this.#file = undefined;
    const { lengths, supervised, shared, lines, judged, fileOf, files } = index;
    const shape = [lengths.length];
    const path = join(this.#folder, indexFile);
    await writing(path, { what: "the index of the encoded rows", sizeBytes: 19 * lengths.length }, async () => {
      await writeSafetensors(
        `${path}.part`,
        [
          ["lengths", { dtype: "U32", shape, data: lengths }],
          ["supervised", { dtype: "U32", shape, data: supervised }],
          ["shared", { dtype: "U32", shape, data: shared }],
          ["lines", { dtype: "U32", shape, data: lines }],
          ["fileOf", { dtype: "U16", shape, data: fileOf }],
          ["judged", { dtype: "U8", shape, data: judged }],
        ],
        { metadata: { ...note(), files: JSON.stringify(files) } },
      );
      await rename(`${path}.part`, path);
    });
    return (await RowStore.open(this.#folder))!.store;
  }

  /** Forgets everything. */
  async discard(): Promise<void> {
    await this.#file?.close();
    this.#file = undefined;
  }

  async #flush(): Promise<void> {
    const path = join(this.#folder, tokensFile);
    const tokens = this.#tokens.values();
    await writing(path, { what: "encoded rows", sizeBytes: tokens.byteLength }, async () => {
      if (!this.#file) {
        await mkdir(this.#folder, { recursive: true });
        await rm(join(this.#folder, indexFile), { force: true });
        this.#file = await open(path, "w");
      }
      await this.#file.writeFile(new Uint8Array(tokens.buffer, tokens.byteOffset, tokens.byteLength));
    });
    this.#tokens = new GrowingArray(Int32Array);
  }
}
