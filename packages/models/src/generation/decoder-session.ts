import { ArgumentError } from "@loam/core";
import {
  compile,
  concat,
  floats,
  type SessionOptions,
  slice,
  squeeze,
  type Tensor,
  type TensorType,
  type Value,
  value,
} from "@loam/graph";
import type { DecoderModel } from "../model/model.ts";
import { type ModuleHooks, Modules, type Parameters } from "../modules/modules.ts";
import { columnsAtOnce, KeyValues, type ReadState } from "./key-values.ts";
import { forecastMemory, requireMemory } from "./memory-forecast.ts";
import { noVirtualTokens, readVirtualTokens, type VirtualTokens, type VirtualTokenTensors } from "./virtual-tokens.ts";

export interface DecoderSessionOptions
  extends Pick<SessionOptions, "device" | "threads" | "memory" | "weights">,
    VirtualTokenTensors {
  hooks?: ModuleHooks;
  /** Other weights than the model's own. */
  parameters?: Parameters;
  /** Tensors that each conversation brings along, so that one session serves many sets of them. */
  guest?: GuestTensors;
}

/** Tensors that are no part of the compiled graph: what they are, and how they reach into the model. */
export interface GuestTensors {
  types: Readonly<Record<string, TensorType>>;
  attach: (tensors: Readonly<Record<string, Tensor>>) => { hooks?: ModuleHooks; parameters?: Parameters };
}

/** What a conversation brings along. */
export interface Company {
  /** The values of {@link DecoderSessionOptions.guest}'s tensors. */
  tensors?: Readonly<Record<string, Value>>;
  /** Instead of the session's own. */
  virtualTokens?: VirtualTokens;
}

/** A decoder compiled to read tokens after what it has read before. */
export interface DecoderSession {
  readonly model: DecoderModel;
  /** Whether the session has its weights packed, whose products do not depend on how many rows there are. */
  readonly packed: boolean;
  /** A conversation with the model for `batch` texts side by side: nothing has been read yet. */
  start(batch: number, company?: Company): DecodingState;
  /** A conversation with one text that goes on where another has been read to, or behind its first `count` columns. */
  resume(from: ReadState, company?: Company, count?: number): Promise<DecodingState>;
  /** Room for texts side by side, each with a length of its own; they are read by {@link step}. */
  room(): KeyValues;
  /**
   * Reads one more token of each row. The room itself is left as it is: who has a use for a row's token appends it.
   *
   * @returns logits of V for each row, and the keys and values of the tokens, [B, Hkv, 1, D] for each layer.
   */
  step(room: KeyValues, ids: readonly number[], company?: Company): Promise<Columns>;
  close(): Promise<void>;
}

/** What a run gives: logits of the last column, and what is to be kept of all of them. */
export interface Columns {
  logits: Float32Array[];
  fresh: { key: Value; value: Value }[];
}

/** What has been read so far, with the keys and values of every layer. */
export interface DecodingState {
  /** Number of columns read, padding and virtual tokens included. */
  readonly length: number;
  /**
   * Reads one column or many, and returns the logits of the last: one Float32Array of V per row.
   *
   * @param ids [B][T]; @param mask [B][T], false at padding.
   */
  read(
    ids: readonly (readonly number[])[],
    mask: readonly (readonly boolean[])[],
    options?: { signal?: AbortSignal },
  ): Promise<Float32Array[]>;
  /** What has been read of one text without padding, for {@link DecoderSession.resume}. */
  snapshot(): Promise<ReadState>;
  /** Goes on with some of the rows only. */
  keepRows(rows: readonly number[]): void;
}

/**
 * Compiles a model for generation. Weights stay where they are mapped, which costs no memory of this process's own, unless
 * `weights: "packed"` is asked for. One graph reads the prompt and the tokens after it: the length of what came before is
 * an axis of its own, zero at first.
 */
export async function openDecoderSession(
  model: DecoderModel,
  options: DecoderSessionOptions = {},
): Promise<DecoderSession> {
  const {
    hooks,
    past,
    prompt,
    guest,
    parameters = model.parameters,
    weights = parameters.rearrange ? "packed" : "mapped",
    ...rest
  } = options;
  const session = { ...rest, weights };
  if (!options.parameters) requireMemory(forecastMemory(model, { weights }), model.name);
  const { architecture, config } = model;
  const cache = { dtype: "float32", shape: ["batch", config.keyValueHeads, "past", config.headDim] } as const;
  const ids = { dtype: "int64", shape: ["batch", "sequence"] } as const;
  const program = await compile(
    (x: {
      inputIds: Tensor;
      positions: Tensor;
      mask: Tensor;
      pastMask: Tensor;
      past: { key: Tensor; value: Tensor }[];
      guest: Record<string, Tensor>;
    }) => {
      const attached = guest?.attach(x.guest);
      const modules = new Modules(attached?.parameters ?? parameters, attached?.hooks ?? hooks);
      const mask = concat([x.pastMask, x.mask], { axis: 1 }); // [B, P + T]
      const embeddings = architecture.embed(modules, config, x.inputIds, x.positions);
      const { hiddenStates, present } = architecture.forward(modules, config, {
        embeddings,
        positions: x.positions,
        mask,
        past: x.past,
      });
      const last = squeeze(slice(hiddenStates.at(-1)!, { axes: [1], starts: [-1], ends: [null] }), 1); // [B, C]
      const behind = (all: Tensor) => slice(all, { axes: [2], starts: ["past"], ends: [null] }); // [B, Hkv, T, D]
      const fresh = present.map(({ key, value }) => ({ key: behind(key), value: behind(value) }));
      return { logits: architecture.logits(modules, config, last), fresh };
    },
    {
      ...session,
      name: `${model.checkpoint.config.model_type}-decode`,
      inputs: {
        inputIds: ids,
        positions: ids,
        mask: { dtype: "bool", shape: ["batch", "sequence"] },
        pastMask: { dtype: "bool", shape: ["batch", "past"] },
        past: Array.from({ length: config.layers }, () => ({ key: cache, value: cache })),
        guest: { ...guest?.types },
      },
    },
  );

  const ownTokens =
    past || prompt
      ? await readVirtualTokens(model, new Modules(parameters, hooks), { past, prompt }, session)
      : noVirtualTokens;

  /** Windows count columns, so nothing may stand between what was read and what comes. */
  const { windows = [] } = config as { windows?: readonly (number | undefined)[] };
  const step = windows.some((window) => window !== undefined) ? 1 : columnsAtOnce;
  const shape = { layers: config.layers, heads: config.keyValueHeads, headDim: config.headDim };
  const room = () => new KeyValues(shape, step);

  async function run(
    values: KeyValues,
    ids: readonly (readonly number[])[],
    mask: readonly (readonly boolean[])[],
    { tensors = {} }: Company,
    signal?: AbortSignal,
  ): Promise<Columns> {
    const [B, T] = [ids.length, ids[0]!.length];
    const positions = new BigInt64Array(B * T);
    for (let b = 0; b < B; b++) {
      let next = values.tokens(b);
      for (let t = 0; t < T; t++) positions[b * T + t] = BigInt(mask[b]![t] ? next++ : Math.max(next - 1, 0));
    }
    const read = values.values();
    const { logits, fresh } = await program(
      {
        inputIds: value(BigInt64Array.from(ids.flat(), BigInt), [B, T]),
        positions: value(positions, [B, T]),
        mask: value(Uint8Array.from(mask.flat(), Number), [B, T], "bool"),
        pastMask: read.mask,
        past: read.past,
        guest: tensors,
      },
      { signal },
    );
    const all = floats(logits);
    return { logits: ids.map((_, b) => all.slice(b * config.vocabSize, (b + 1) * config.vocabSize)), fresh };
  }

  function conversation(values: KeyValues, company: Company): DecodingState {
    return {
      get length() {
        return values.length(0);
      },
      async read(ids, mask, { signal } = {}) {
        const total = values.length(0) + ids[0]!.length;
        if (total > config.maxPositions) {
          throw new ArgumentError(
            "prompt",
            `${total} tokens`,
            `at most ${config.maxPositions}, the model's context`,
            `shorten it by ${total - config.maxPositions} tokens`,
          );
        }
        const { logits, fresh } = await run(values, ids, mask, company, signal);
        for (const [row, columns] of mask.entries()) values.append(row, columns, fresh, row);
        return logits;
      },
      snapshot: () => values.snapshot(0),
      keepRows: (rows) => values.keep(rows),
    };
  }

  function start(batch: number, company: Company = {}): DecodingState {
    const { virtualTokens: virtual = ownTokens } = company;
    const values = room();
    const dims = [1, config.keyValueHeads, virtual.count, config.headDim];
    const front = virtual.layers.map((layer) => ({ key: value(layer.key, dims), value: value(layer.value, dims) }));
    const mask = new Array<boolean>(virtual.count).fill(true);
    for (let row = 0; row < batch; row++) {
      values.add();
      if (virtual.count > 0) values.append(row, mask, front, 0);
    }
    return conversation(values, company);
  }

  return {
    model,
    packed: weights === "packed" && step > 1,
    start,
    async resume(from, company = {}, count = from.length) {
      const values = room();
      values.add();
      await values.load(0, from, count);
      return conversation(values, company);
    },
    room,
    step: (values, ids, company = {}) =>
      run(
        values,
        ids.map((id) => [id]),
        ids.map(() => [true]),
        company,
      ),
    close: () => program.close(),
  };
}
