import { Rng, throwIfCancelled } from "@loam/core";
import { type Value, value } from "@loam/graph";
import type { Columns, Company, DecoderSession } from "./decoder-session.ts";
import type { KeyValues, ReadState } from "./key-values.ts";

/** A text's place among those that are read together. */
export interface Seat {
  readonly length: number;
  /** Reads one token more; the logits of what comes next. */
  read(id: number, signal?: AbortSignal): Promise<Float32Array>;
  /** Gives the place back. */
  leave(): void;
}

interface Waiting {
  id: number;
  resolve: (logits: Float32Array) => void;
  reject: (error: unknown) => void;
}

interface Row {
  waiting?: Waiting;
  left: boolean;
}

/** A run waits so long for texts that are choosing their next token. */
const graceMs = 3;

/**
 * Texts that are written at the same time read their tokens in one run, which costs hardly more than one of them alone: the
 * weights are gone through once. Texts join and leave between runs. What a row comes to does not depend on the others, which
 * {@link agreesInCompany} has to have found true of the session.
 */
export class SharedSteps {
  readonly #session: DecoderSession;
  readonly #company: Company;
  readonly #room: KeyValues;
  #rows: Row[] = [];
  /** Changes of the rows and runs, one behind the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #running = false;

  constructor(session: DecoderSession, company: Company) {
    this.#session = session;
    this.#company = company;
    this.#room = session.room();
  }

  /** Takes a place, behind what has been read of a text. */
  async join(from: ReadState): Promise<Seat> {
    const row: Row = { left: false };
    await this.#alone(async () => {
      this.#tidy();
      const at = this.#room.add();
      this.#rows.push(row);
      await this.#room.load(at, from);
    });
    let { length } = from;
    return {
      get length() {
        return length;
      },
      read: async (id, signal) => {
        throwIfCancelled(signal, "Generation");
        const logits = await new Promise<Float32Array>((resolve, reject) => {
          row.waiting = { id, resolve, reject };
          void this.#run();
        });
        length += 1;
        return logits;
      },
      leave: () => {
        row.left = true;
      },
    };
  }

  async #alone<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(act);
    this.#turn = turn.catch(() => {});
    return await turn;
  }

  /** Takes the rows out whose texts have ended. */
  #tidy(): void {
    const kept = this.#rows.flatMap((row, i) => (row.left ? [] : [i]));
    if (kept.length === this.#rows.length) return;
    this.#room.keep(kept);
    this.#rows = kept.map((i) => this.#rows[i]!);
  }

  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#rows.some(({ waiting }) => waiting)) {
        await this.#othersChoose();
        await this.#alone(() => this.#step());
      }
    } finally {
      this.#running = false;
    }
  }

  async #othersChoose(): Promise<void> {
    const until = performance.now() + graceMs;
    while (this.#rows.some(({ waiting, left }) => !waiting && !left) && performance.now() < until)
      await new Promise((resolve) => setImmediate(resolve));
  }

  async #step(): Promise<void> {
    this.#tidy();
    const asked = this.#rows.map((row) => {
      const { waiting } = row;
      row.waiting = undefined;
      return waiting;
    });
    if (!asked.some(Boolean)) return;
    try {
      // A row whose text is not ready reads something, of which nothing is kept.
      const ids = asked.map((waiting) => waiting?.id ?? 0);
      const { logits, fresh } = await this.#session.step(this.#room, ids, this.#company);
      for (const [i, waiting] of asked.entries()) {
        if (!waiting) continue;
        this.#room.append(i, [true], fresh, i);
        waiting.resolve(logits[i]!);
      }
    } catch (error) {
      for (const waiting of asked) waiting?.reject(error);
    }
  }
}

/** Lengths of rows that are tried together: within one block of columns, at its end, and beyond. */
const trials: readonly (readonly number[])[] = [
  [5, 250],
  [256, 3, 300, 40, 511, 17, 128, 513],
];
/** So many rows of a trial are also read alone. */
const readAlone = 4;

/**
 * Tries whether rows come to the same bits alone and in company, with lengths that no row shares. It depends on the processor,
 * on how the weights lie, and on what else the graph computes with, so it is tried and not assumed.
 */
export async function agreesInCompany(session: DecoderSession, company: Company): Promise<boolean> {
  if (!session.packed) return false;
  const { layers, keyValueHeads, headDim, maxPositions, vocabSize } = session.model.config;
  const rng = new Rng(1);
  const stateOf = (length: number): ReadState => {
    const size = keyValueHeads * length * headDim;
    const one = () =>
      value(
        Float32Array.from({ length: size }, () => rng.uniform() - 0.5),
        [1, keyValueHeads, length, headDim],
      );
    const layer = { key: one(), value: one() };
    return { length, past: new Array<typeof layer>(layers).fill(layer) };
  };
  for (const lengths of trials) {
    const states = lengths.map((length) => stateOf(Math.min(length, maxPositions - 1)));
    const ids = lengths.map((length) => length % vocabSize);
    const together = await stepOf(session, states, ids, company);
    for (const [row, state] of states.slice(0, readAlone).entries()) {
      const alone = await stepOf(session, [state], [ids[row]!], company);
      if (!sameRow(alone, 0, together, row, states.length)) return false;
    }
  }
  return true;
}

async function stepOf(
  session: DecoderSession,
  states: readonly ReadState[],
  ids: readonly number[],
  company: Company,
): Promise<Columns> {
  const room = session.room();
  for (const state of states) await room.load(room.add(), state);
  return await session.step(room, ids, company);
}

function sameRow(a: Columns, rowA: number, b: Columns, rowB: number, rowsB: number): boolean {
  const equal = (x: Float32Array, y: Float32Array) => x.length === y.length && x.every((value, i) => value === y[i]);
  if (!equal(a.logits[rowA]!, b.logits[rowB]!)) return false;
  const part = ({ data }: Value, row: number, rows: number) => {
    const size = (data as Float32Array).length / rows;
    return (data as Float32Array).subarray(row * size, (row + 1) * size);
  };
  return a.fresh.every((layer, i) =>
    (["key", "value"] as const).every((side) =>
      equal(part(layer[side], rowA, 1), part(b.fresh[i]![side], rowB, rowsB)),
    ),
  );
}
