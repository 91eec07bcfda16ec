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
import { forecastMemory, requireMemory } from "./memory-forecast.ts";
import type { ReadState } from "./prefix-cache.ts";
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
  /** A conversation with the model for `batch` texts side by side: nothing has been read yet. */
  start(batch: number, company?: Company): DecodingState;
  /** A conversation with one text that goes on where another has been read to. */
  resume(from: ReadState, company?: Company): DecodingState;
  close(): Promise<void>;
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
  snapshot(): ReadState;
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
      return { logits: architecture.logits(modules, config, last), present };
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

  function start(
    batch: number,
    { tensors = {}, virtualTokens: virtual = ownTokens }: Company = {},
    from?: ReadState,
  ): DecodingState {
    const front = (data: Float32Array | undefined) => {
      const repeated = new Float32Array(batch * (data?.length ?? 0));
      for (let row = 0; data && row < batch; row++) repeated.set(data, row * data.length);
      return value(repeated, [batch, config.keyValueHeads, virtual.count, config.headDim]);
    };
    let past: readonly { key: Value; value: Value }[] =
      from?.past ??
      Array.from({ length: config.layers }, (_, i) => ({
        key: front(virtual.layers[i]?.key),
        value: front(virtual.layers[i]?.value),
      }));
    const columns = from?.length ?? virtual.count;
    let seen = Array.from({ length: batch }, () => new Array<boolean>(columns).fill(true)); // [B][P]
    return {
      get length() {
        return seen[0]?.length ?? 0;
      },
      async read(rows, mask, { signal } = {}) {
        const [B, T] = [rows.length, rows[0]!.length];
        const total = seen[0]!.length + T;
        if (total > config.maxPositions) {
          throw new ArgumentError(
            "prompt",
            `${total} tokens`,
            `at most ${config.maxPositions}, the model's context`,
            `shorten it by ${total - config.maxPositions} tokens`,
          );
        }
        const positions = new BigInt64Array(B * T);
        for (let b = 0; b < B; b++) {
          let next = seen[b]!.filter(Boolean).length;
          for (let t = 0; t < T; t++) positions[b * T + t] = BigInt(mask[b]![t] ? next++ : Math.max(next - 1, 0));
        }
        const output = await program(
          {
            inputIds: value(BigInt64Array.from(rows.flat(), BigInt), [B, T]),
            positions: value(positions, [B, T]),
            mask: value(Uint8Array.from(mask.flat(), Number), [B, T], "bool"),
            pastMask: value(Uint8Array.from(seen.flat(), Number), [B, seen[0]!.length], "bool"),
            past: [...past],
            guest: tensors,
          },
          { signal },
        );
        past = output.present;
        seen = seen.map((row, b) => [...row, ...mask[b]!]);
        const logits = floats(output.logits);
        return rows.map((_, b) => logits.slice(b * config.vocabSize, (b + 1) * config.vocabSize));
      },
      snapshot: () => ({ length: seen[0]!.length, past }),
      keepRows(rows) {
        const pick = ({ data, dims }: Value): Value => {
          const size = dims[1]! * dims[2]! * dims[3]!;
          const kept = new Float32Array(rows.length * size);
          for (const [i, row] of rows.entries())
            kept.set((data as Float32Array).subarray(row * size, (row + 1) * size), i * size);
          return value(kept, [rows.length, ...dims.slice(1)]);
        };
        past = past.map((layer) => ({ key: pick(layer.key), value: pick(layer.value) }));
        seen = rows.map((row) => seen[row]!);
      },
    };
  }

  return {
    model,
    start: (batch, company) => start(batch, company),
    resume: (from, company) => start(1, company, from),
    close: () => program.close(),
  };
}
