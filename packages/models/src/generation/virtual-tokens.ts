import { add, compile, floats, full, range, type SessionOptions, type Tensor, unsqueeze, value } from "@loam/graph";
import type { KeyValues } from "../architectures/architecture.ts";
import type { DecoderModel } from "../model/model.ts";
import type { Modules } from "../modules/modules.ts";

/** Learned tokens in front of every text: keys and values for each layer, or embeddings that the model reads. */
export interface VirtualTokenTensors {
  /** One entry per layer, each [1, Hkv, P, D]; keys as they are used, rotated or not. */
  past?: readonly KeyValues[];
  /** [1, P, C]. */
  prompt?: Tensor;
}

/** The keys and values that stand in front of every row, each Hkv · P · D numbers. */
export interface VirtualTokens {
  count: number;
  layers: { key: Float32Array; value: Float32Array }[];
}

export const noVirtualTokens: VirtualTokens = { count: 0, layers: [] };

/**
 * Works the keys and values of virtual tokens out, once: they come before any text, so no text changes them.
 *
 * @returns nothing, of length 0, where there are none.
 */
export async function readVirtualTokens(
  { architecture, config }: DecoderModel,
  modules: Modules,
  { past, prompt }: VirtualTokenTensors,
  session: SessionOptions,
): Promise<VirtualTokens> {
  const count = (prompt?.shape[1] ?? past?.[0]?.key.shape[2] ?? 0) as number;
  if (count === 0) return noVirtualTokens;
  const present = (): KeyValues[] => {
    if (!prompt) return [...past!];
    const positions = unsqueeze(range({ length: count }), 0); // [1, P]
    const places = architecture.positionEmbeddings?.(modules, config, positions);
    const embeddings = places ? add(prompt, places) : prompt;
    return architecture.forward(modules, config, { embeddings, positions, mask: full([1, count], 1, "bool") }).present;
  };
  // A graph needs an input; adding a zero changes nothing.
  const program = await compile(
    ({ zero }: { zero: Tensor }) =>
      present().map((layer) => ({ key: add(layer.key, zero), value: add(layer.value, zero) })),
    { ...session, name: "virtual-tokens", inputs: { zero: { dtype: "float32", shape: [] } } },
  );
  try {
    const layers = await program({ zero: value(new Float32Array(1), []) });
    return { count, layers: layers.map((layer) => ({ key: floats(layer.key), value: floats(layer.value) })) };
  } finally {
    await program.close();
  }
}
