import { cast, compile, floats, mul, type Tensor, unsqueeze, value } from "@loam/graph";
import { type EncoderModel, Modules, type Tokenizer } from "@loam/models";
import { promptIds } from "./prompt.ts";

/** Embeddings of both prompts [length, E]; behind the end mark they are zero. */
export async function embedPrompts(
  { architecture, config, parameters, padTokenId }: EncoderModel,
  tokenizer: Tokenizer,
  { prompt, negative, length, threads }: { prompt: string; negative: string; length: number; threads?: number },
): Promise<{ prompt: Float32Array; negative: Float32Array }> {
  const rows = [prompt, negative].map((of) => promptIds(tokenizer, of, { length, padId: padTokenId }));
  const program = await compile(
    ({ ids, mask }: Record<"ids" | "mask", Tensor>) => {
      const hidden = architecture.forward(new Modules(parameters), config, { ids, mask }).at(-1)!;
      return mul(hidden, unsqueeze(cast(mask, "float32"), 2));
    },
    {
      name: "text",
      threads,
      inputs: { ids: { dtype: "int64", shape: [2, length] }, mask: { dtype: "bool", shape: [2, length] } },
    },
  );
  try {
    const out = floats(
      await program({
        ids: value(
          rows.flatMap(({ ids }) => ids),
          [2, length],
          "int64",
        ),
        mask: value(
          rows.flatMap(({ mask }) => mask),
          [2, length],
          "bool",
        ),
      }),
    );
    const half = out.length / 2;
    return { prompt: out.slice(0, half), negative: out.slice(half) };
  } finally {
    await program.close();
  }
}
