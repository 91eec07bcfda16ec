import { type Value, value } from "@loam/graph";

/** What has been read of one text: keys and values of every layer, [1, Hkv, length, D] each. */
export interface ReadState {
  /** Columns read, virtual tokens included. */
  length: number;
  past: readonly { key: Value; value: Value }[];
}

/** The sizes that all layers share. */
export interface KeyValueShape {
  layers: number;
  heads: number;
  headDim: number;
}

/**
 * Room grows by this many columns, so that what a row comes to does not depend on how long its neighbours are: sums over
 * columns run in blocks that divide it, and what is behind a row's end adds nothing.
 */
export const columnsAtOnce = 256;

type Layer = { key: Float32Array; value: Float32Array };

/**
 * Keys and values of texts side by side, each with a length of its own: a row begins at the left of its room, and what is
 * behind its end is zero and masked.
 */
export class KeyValues {
  readonly #shape: KeyValueShape;
  readonly #step: number;
  #layers: Layer[] = [];
  /** Rows and columns that there is room for. */
  #room = { rows: 0, columns: 0 };
  /** For each row, which of its columns are tokens; the others are padding. */
  #seen: boolean[][] = [];

  /** @param step the room's columns are a multiple of it; 1 leaves none behind the longest row. */
  constructor(shape: KeyValueShape, step = columnsAtOnce) {
    this.#shape = shape;
    this.#step = step;
    this.#layers = Array.from({ length: shape.layers }, () => ({
      key: new Float32Array(0),
      value: new Float32Array(0),
    }));
  }

  get rows(): number {
    return this.#seen.length;
  }

  get columns(): number {
    return this.#room.columns;
  }

  length(row: number): number {
    return this.#seen[row]!.length;
  }

  /** How many tokens a row has, padding aside. */
  tokens(row: number): number {
    return this.#seen[row]!.filter(Boolean).length;
  }

  /** Adds a row. @returns its number. */
  add(): number {
    const row = this.#seen.length;
    this.#seen.push([]);
    if (row >= this.#room.rows) this.#makeRoom(Math.max(1, this.#room.rows * 2), this.#room.columns);
    return row;
  }

  /** Writes columns behind a row's end: `fresh` as a run gave them, [B, Hkv, T, D], of which `from` is the row. */
  append(row: number, mask: readonly boolean[], fresh: readonly { key: Value; value: Value }[], from: number): void {
    const at = this.length(row);
    const count = mask.length;
    this.#reserve(at + count);
    for (const [i, layer] of this.#layers.entries()) {
      this.#write(layer.key, row, at, fresh[i]!.key, from, count);
      this.#write(layer.value, row, at, fresh[i]!.value, from, count);
    }
    this.#seen[row]!.push(...mask);
  }

  /** Puts what was read of a text, or its first `count` columns, in a row that is empty. */
  async load(row: number, state: ReadState, count = state.length): Promise<void> {
    this.#reserve(count);
    for (const [i, layer] of this.#layers.entries()) {
      this.#write(layer.key, row, 0, state.past[i]!.key, 0, count);
      this.#write(layer.value, row, 0, state.past[i]!.value, 0, count);
      if (i % 4 === 3) await new Promise((resolve) => setImmediate(resolve)); // long texts are many bytes
    }
    this.#seen[row] = new Array<boolean>(count).fill(true);
  }

  /** A copy of a row without padding. */
  async snapshot(row: number): Promise<ReadState> {
    const length = this.length(row);
    const past: { key: Value; value: Value }[] = [];
    for (const [i, layer] of this.#layers.entries()) {
      past.push({ key: this.#read(layer.key, row, length), value: this.#read(layer.value, row, length) });
      if (i % 4 === 3) await new Promise((resolve) => setImmediate(resolve));
    }
    return { length, past };
  }

  /** Goes on with some of the rows only, in the order given. */
  keep(rows: readonly number[]): void {
    const { columns } = this.#room;
    const size = this.#shape.heads * columns * this.#shape.headDim;
    for (const [to, from] of rows.entries()) {
      if (to === from) continue;
      for (const { key, value } of this.#layers)
        for (const data of [key, value]) data.copyWithin(to * size, from * size, (from + 1) * size);
    }
    this.#seen = rows.map((row) => this.#seen[row]!);
  }

  /** As a run takes them: [B, Hkv, P, D] for each layer, and which columns are tokens, [B, P]. */
  values(): { past: { key: Value; value: Value }[]; mask: Value } {
    const { columns } = this.#room;
    const dims = [this.rows, this.#shape.heads, columns, this.#shape.headDim];
    const size = dims.reduce((a, b) => a * b, 1);
    const view = (data: Float32Array) => value(data.subarray(0, size), dims);
    const mask = new Uint8Array(this.rows * columns);
    for (const [row, seen] of this.#seen.entries())
      for (let t = 0; t < seen.length; t++) mask[row * columns + t] = Number(seen[t]);
    return {
      past: this.#layers.map((layer) => ({ key: view(layer.key), value: view(layer.value) })),
      mask: value(mask, [this.rows, columns], "bool"),
    };
  }

  #reserve(length: number): void {
    if (length <= this.#room.columns) return;
    this.#makeRoom(this.#room.rows, Math.ceil(length / this.#step) * this.#step);
  }

  #makeRoom(rows: number, columns: number): void {
    const { heads, headDim } = this.#shape;
    const old = this.#room;
    const grown = (data: Float32Array) => {
      const room = new Float32Array(rows * heads * columns * headDim);
      for (let head = 0; head < old.rows * heads; head++) {
        const from = head * old.columns * headDim;
        room.set(data.subarray(from, from + old.columns * headDim), head * columns * headDim);
      }
      return room;
    };
    this.#layers = this.#layers.map(({ key, value }) => ({ key: grown(key), value: grown(value) }));
    this.#room = { rows, columns };
  }

  #write(data: Float32Array, row: number, at: number, source: Value, from: number, count: number): void {
    const { heads, headDim } = this.#shape;
    const given = source.data as Float32Array;
    const width = source.dims[2]!;
    for (let head = 0; head < heads; head++) {
      const start = (from * heads + head) * width * headDim;
      const to = ((row * heads + head) * this.#room.columns + at) * headDim;
      data.set(given.subarray(start, start + count * headDim), to);
    }
  }

  #read(data: Float32Array, row: number, length: number): Value {
    const { heads, headDim } = this.#shape;
    const kept = new Float32Array(heads * length * headDim);
    for (let head = 0; head < heads; head++) {
      const from = (row * heads + head) * this.#room.columns * headDim;
      kept.set(data.subarray(from, from + length * headDim), head * length * headDim);
    }
    return value(kept, [1, heads, length, headDim]);
  }
}
