import { UnsupportedError } from "@loam/core";
import { type Adapter, readAdapter, writeAdapter } from "../files/adapter-files.ts";
import { type CombineOptions, combineLoras } from "../methods/lora/combine.ts";
import type { LoraConfig } from "../methods/lora/config.ts";
import { startsFromWeights } from "../methods/lora/initial-pair.ts";
import { plainLora } from "../methods/lora/plain-lora.ts";

/** An adapter folder, or one in memory, and how much of it goes into the combination. */
export interface WeightedAdapter {
  adapter: string | Adapter;
  weight: number;
}

/**
 * Combines LoRA adapters of one base into a new one, in memory. Those that start from the base's weights are made plain first.
 *
 * @throws {UnsupportedError} for adapters of other methods. @throws {InputError} `cannot_combine`.
 */
export async function combineAdapters(
  adapters: readonly WeightedAdapter[],
  options: CombineOptions = {},
): Promise<Adapter> {
  const read = await Promise.all(
    adapters.map(async ({ adapter, weight }) => {
      const { method, ...file } = typeof adapter === "string" ? await readAdapter(adapter) : adapter;
      if (method.type !== "LORA") {
        throw new UnsupportedError(`Only LoRA adapters can be combined; this is ${method.type}.`, {
          hint: "merge adapters of other methods into the base one after the other",
        });
      }
      return { method, weight, ...plainFile(file) };
    }),
  );
  const { config, tensors } = combineLoras(read, options);
  return { method: read[0]!.method, config, tensors };
}

/**
 * Writes an adapter whose start was taken out of the base (PiSSA, OLoRA) as a plain LoRA that loads on the base as it is, of
 * twice the rank.
 *
 * @throws {UnsupportedError} for a method that takes nothing out of the base.
 */
export async function writePlainLora(adapterFolder: string, output: string): Promise<void> {
  const { method, ...file } = await readAdapter(adapterFolder);
  if (method.type !== "LORA")
    throw new UnsupportedError(`${method.type} adapters never take anything out of the base.`, {
      hint: "use it as it is",
    });
  await writeAdapter(output, method, plainFile(file));
}

function plainFile({ config, tensors, trained }: Omit<Adapter, "method">): {
  config: LoraConfig;
  tensors: Adapter["tensors"];
} {
  const lora = config as LoraConfig;
  if (startsFromWeights(lora) && !trained) {
    throw new UnsupportedError(`The adapter's folder does not hold what it started from (${lora.init_lora_weights}).`, {
      hint: "keep trained_tensors.safetensors beside it",
    });
  }
  return plainLora(lora, trained ?? tensors);
}
