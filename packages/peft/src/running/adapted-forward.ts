import { UnsupportedError } from "@loam/core";
import { add, checkpoint, concat, expand, full, range, stage, type Tensor, unsqueeze } from "@loam/graph";
import { type DecoderModel, type KeyValues, Modules } from "@loam/models";
import type { Attachment } from "../layers/method.ts";

export interface AdaptedInputs {
  /** int64 [B, T]. */
  ids: Tensor;
  /** int64 [B, T], counted without virtual tokens. */
  positions: Tensor;
  /** bool [B, T], true at tokens. */
  mask: Tensor;
  /** int64 [B, T]: which text of its row a token belongs to, counted from 1; left out, each row is one text. */
  segments?: Tensor;
  /** What training does to the text's embeddings [B, T, C] before the model sees them. */
  disturb?: (embeddings: Tensor) => Tensor;
  /** Left out, "none". */
  checkpointing?: Checkpointing;
}

/**
 * What is computed again in the backward pass instead of being kept for it: nothing; the cheap results of each layer, all but
 * its matrix products and attention (arXiv:2205.05198 §5); or whole layers but for attention (arXiv:1604.06174).
 */
export type Checkpointing = "none" | "selective" | "layers";

/** The hidden states of a decoder with an adapter, and the function that makes logits of them. */
export interface AdaptedOutputs {
  /** [B, T, C] after the final norm; with a learned prompt its P positions stand in front, [B, P + T, C]. */
  hidden: Tensor;
  /** [..., C] → [..., V]. */
  logits: (hidden: Tensor) => Tensor;
  /** Number of positions in front of the text that {@link hidden} has. */
  promptLength: number;
}

const regions: Record<Checkpointing, (run: (x: Tensor) => Tensor) => (x: Tensor) => Tensor> = {
  none: (run) => run,
  selective: (run) => checkpoint(run, { keep: "products" }),
  layers: (run) => checkpoint(run, { keep: "attention" }),
};

/**
 * The forward pass of a decoder with an adapter attached. Virtual tokens (a learned prompt or prefix) stand at positions
 * 0…P−1, before any padding, and the text's own positions begin at P.
 *
 * @throws {UnsupportedError} for virtual tokens with packed rows under sliding windows.
 */
export function adaptedForward(
  { architecture, config, parameters }: DecoderModel,
  attachment: Attachment,
  { ids, positions, mask, segments, disturb = (x) => x, checkpointing = "none" }: AdaptedInputs,
): AdaptedOutputs {
  const modules = new Modules(attachment.parameters ?? parameters, {
    ...attachment.hooks,
    layer: (run, x) => regions[checkpointing](run)(stage(x)),
  });
  const batch = ids.shape[0]!;
  const prompt = attachment.prompt; // [1, P, C]
  const virtual = (prompt?.shape[1] ?? attachment.past?.[0]?.key.shape[2] ?? 0) as number;
  if (
    segments &&
    virtual > 0 &&
    (config as { windows?: readonly unknown[] }).windows?.some((window) => window !== undefined)
  ) {
    throw new UnsupportedError("Virtual tokens and packed rows do not go together in a model with sliding windows.", {
      hint: "set `data.packing: false`",
    });
  }
  const shifted = virtual > 0 ? add(positions, virtual) : positions;
  const textEmbeddings = disturb(architecture.embed(modules, config, ids, shifted));
  const allMask = virtual > 0 ? concat([full([batch, virtual], 1, "bool"), mask], { axis: 1 }) : mask; // [B, P + T]
  const front = () => full([batch, virtual], 0, "int64"); // segment 0: every text sees the virtual tokens
  const allSegments = segments && virtual > 0 ? concat([front(), segments], { axis: 1 }) : segments;
  const logits = (hidden: Tensor): Tensor => architecture.logits(modules, config, hidden);
  if (prompt) {
    const places = expand(unsqueeze(range({ length: virtual }), 0), [batch, virtual]);
    const atPlaces = architecture.positionEmbeddings?.(modules, config, places);
    const virtualEmbeddings = expand(prompt, [batch, virtual, config.hiddenSize]);
    const placed = atPlaces ? add(virtualEmbeddings, atPlaces) : virtualEmbeddings;
    const embeddings = concat([placed, textEmbeddings], { axis: 1 });
    const { hiddenStates } = architecture.forward(modules, config, {
      embeddings,
      positions: concat([places, shifted], { axis: 1 }),
      mask: allMask,
      segments: allSegments,
    });
    return { hidden: hiddenStates.at(-1)!, logits, promptLength: virtual };
  }
  const past = attachment.past?.map(({ key, value }): KeyValues => {
    const [, heads, length, width] = key.shape;
    const shape = [batch, heads!, length!, width!];
    return { key: expand(key, shape), value: expand(value, shape) };
  });
  const { hiddenStates } = architecture.forward(modules, config, {
    embeddings: textEmbeddings,
    positions: shifted,
    mask: allMask,
    segments: allSegments,
    past,
  });
  return { hidden: hiddenStates.at(-1)!, logits, promptLength: 0 };
}
