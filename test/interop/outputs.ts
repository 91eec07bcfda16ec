import { compile, floats, type Tensor, value } from "@loam/graph";
import { type DecoderModel, type ForwardOptions, forward, type Model } from "@loam/models";
import type { Attachment } from "@loam/peft";
import { adaptedForward } from "../../packages/peft/src/running/adapted-forward.ts";

/** What is compared: logits of a decoder, hidden states and pooled ones of an encoder. */
export type Outputs = Record<string, Float32Array>;

/** What a model gives for ids, with an adapter beside it or with other weights. */
export async function outputsOf(
  model: Model,
  inputIds: readonly (readonly number[])[],
  attachment: Attachment = {},
): Promise<Outputs> {
  if (attachment.past || attachment.prompt) return withVirtualTokens(model as DecoderModel, inputIds, attachment);
  const { hooks, parameters } = attachment;
  const { logits, hiddenStates, pooled } = await forward(model, { inputIds }, { hooks, parameters } as ForwardOptions);
  if (model.kind === "decoder") return { ref: floats(logits!).slice() };
  return { ref: floats(hiddenStates.at(-1)!).slice(), ...(pooled && { pooled: floats(pooled).slice() }) };
}

async function withVirtualTokens(
  model: DecoderModel,
  rows: readonly (readonly number[])[],
  attachment: Attachment,
): Promise<Outputs> {
  const shape = [rows.length, rows[0]!.length];
  const type = { dtype: "int64", shape } as const;
  const program = await compile(
    ({ ids, positions, mask }: { ids: Tensor; positions: Tensor; mask: Tensor }) => {
      const { hidden, logits } = adaptedForward(model, attachment, { ids, positions, mask });
      return { logits: logits(hidden) };
    },
    { inputs: { ids: type, positions: type, mask: { dtype: "bool", shape } } },
  );
  try {
    const { logits } = await program({
      ids: value(rows.flat(), shape, "int64"),
      positions: value(
        rows.flatMap((row) => row.map((_, t) => t)),
        shape,
        "int64",
      ),
      mask: value(
        rows.flatMap((row) => row.map(() => true)),
        shape,
      ),
    });
    return { ref: floats(logits).slice() };
  } finally {
    await program.close();
  }
}

/** The largest difference of two outputs, each of its own kind. */
export function difference(a: Outputs, b: Outputs): number {
  let largest = 0;
  for (const [key, values] of Object.entries(a)) {
    const other = b[key];
    if (!other || other.length !== values.length) return Number.POSITIVE_INFINITY;
    for (let i = 0; i < values.length; i++) {
      const d = Math.abs(values[i]! - other[i]!);
      if (!(d <= largest)) largest = Number.isNaN(d) ? Number.POSITIVE_INFINITY : d;
    }
  }
  return largest;
}
