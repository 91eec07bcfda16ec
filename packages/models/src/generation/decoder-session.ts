import { ArgumentError } from "@loam/core";
import {
  add,
  compile,
  concat,
  expand,
  floats,
  full,
  type SessionOptions,
  slice,
  squeeze,
  type Tensor,
  type Value,
  value,
} from "@loam/graph";
import type { KeyValues } from "../architectures/architecture.ts";
import type { DecoderModel } from "../model.ts";
import { type ModuleHooks, Modules, type Parameters } from "../modules.ts";

export interface DecoderSessionOptions extends Pick<SessionOptions, "device" | "threads" | "memory"> {
  hooks?: ModuleHooks;
  parameters?: Parameters;
  /** Keys and values in front of every text, each [1, Hkv, P, D]; positions of the text begin at P. */
  prefix?: readonly KeyValues[];
}

/** A decoder compiled to read tokens after what it has read before. */
export interface DecoderSession {
  readonly model: DecoderModel;
  /** A conversation with the model for `batch` texts side by side: nothing has been read yet. */
  start(batch: number): DecodingState;
  close(): Promise<void>;
}

/** What has been read so far, with the keys and values of every layer. */
export interface DecodingState {
  /** Number of columns read, padding included. */
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
  /** Goes on with some of the rows only. */
  keepRows(rows: readonly number[]): void;
}

/**
 * Compiles a model for generation. One graph reads the prompt and the tokens after it: the length of what came before is
 * an axis of its own, zero at first.
 */
export async function openDecoderSession(
  model: DecoderModel,
  options: DecoderSessionOptions = {},
): Promise<DecoderSession> {
  const { hooks, parameters = model.parameters, prefix, ...session } = options;
  const prefixLength = (prefix?.[0]?.key.shape[2] ?? 0) as number;
  const { architecture, config } = model;
  const modules = new Modules(parameters, hooks);
  const cache = { dtype: "float32", shape: ["batch", config.keyValueHeads, "past", config.headDim] } as const;
  const ids = { dtype: "int64", shape: ["batch", "sequence"] } as const;
  const program = await compile(
    (x: {
      inputIds: Tensor;
      positions: Tensor;
      mask: Tensor;
      pastMask: Tensor;
      past: { key: Tensor; value: Tensor }[];
    }) => {
      const batch = x.inputIds.shape[0]!;
      const seen = prefix ? [full([batch, prefixLength], 1, "bool"), x.pastMask, x.mask] : [x.pastMask, x.mask];
      const mask = concat(seen, { axis: 1 }); // [B, P + T]
      const positions = prefix ? add(x.positions, prefixLength) : x.positions;
      const embeddings = architecture.embed(modules, config, x.inputIds, positions);
      const past = prefix
        ? x.past.map((layer, i) => mapLayer(layer, (part, name) => inFront(prefix[i]![name], part)))
        : x.past;
      const { hiddenStates, present: all } = architecture.forward(modules, config, {
        embeddings,
        positions,
        mask,
        past,
      });
      const own = { axes: [2], starts: [prefixLength], ends: [null] };
      const present = prefix ? all.map((layer) => mapLayer(layer, (part) => slice(part, own))) : all;
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
      },
    },
  );

  function start(batch: number): DecodingState {
    const empty = () => value(new Float32Array(), [batch, config.keyValueHeads, 0, config.headDim]);
    let past: { key: Value; value: Value }[] = Array.from({ length: config.layers }, () => ({
      key: empty(),
      value: empty(),
    }));
    let seen: boolean[][] = Array.from({ length: batch }, () => []); // [B][P]
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
            past,
          },
          { signal },
        );
        past = output.present;
        seen = seen.map((row, b) => [...row, ...mask[b]!]);
        const logits = floats(output.logits);
        return rows.map((_, b) => logits.slice(b * config.vocabSize, (b + 1) * config.vocabSize));
      },
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

  return { model, start, close: () => program.close() };
}

const mapLayer = (layer: KeyValues, change: (part: Tensor, name: keyof KeyValues) => Tensor): KeyValues => ({
  key: change(layer.key, "key"),
  value: change(layer.value, "value"),
});

/** A prefix [1, Hkv, P, D] before what each row has read, [B, Hkv, past, D]. */
function inFront(prefix: Tensor, past: Tensor): Tensor {
  const [, heads, length, width] = prefix.shape;
  return concat([expand(prefix, [past.shape[0]!, heads!, length!, width!]), past], { axis: 2 });
}
