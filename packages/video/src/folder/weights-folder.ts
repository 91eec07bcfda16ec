import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { InputError } from "@loam/core";
import { float32ToFloat16, readTextFile, SafetensorsFile, writeSafetensors } from "@loam/formats";
import type { z } from "zod";

/** Weights by name, row-major. */
export type Weights = Readonly<Record<string, { shape: readonly number[]; data: Float32Array }>>;

/** Of a folder with `config.json` and this file. */
export const weightsFile = "model.safetensors";

/** Writes `config.json` and the weights, in float32 or float16; a reader finds the weights of before or these, never a part. */
export async function writeWeightsFolder(
  folder: string,
  { config, weights }: { config: unknown; weights: Weights },
  { dtype = "float32" }: { dtype?: "float32" | "float16" } = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const tensors = Object.entries(weights).map(
    ([name, { shape, data }]) =>
      [
        name,
        dtype === "float16"
          ? { dtype: "F16" as const, shape, data: float32ToFloat16(data) }
          : { dtype: "F32" as const, shape, data },
      ] as const,
  );
  const file = join(folder, weightsFile);
  await writeSafetensors(`${file}.part`, tensors, { metadata: { format: "pt" } });
  await rename(`${file}.part`, file);
  await writeFile(join(folder, "config.json"), `${JSON.stringify(config, null, 2)}\n`);
}

/** `config.json` of a folder by its schema. @throws what `bad` makes of the problem. */
export async function readFolderConfig<Schema extends z.ZodType>(
  folder: string,
  schema: Schema,
  bad: (problem: string) => InputError,
): Promise<z.infer<Schema>> {
  let json: unknown;
  try {
    json = JSON.parse(await readTextFile(join(folder, "config.json")));
  } catch (cause) {
    throw bad(`config.json is not JSON (${(cause as Error).message}).`);
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw bad(`config.json: \`${issue!.path.join(".")}\`: ${issue!.message}.`);
}

/** The weights that a configuration asks for, as float32. @throws what `bad` makes of one with another shape. */
export async function readWeights(
  folder: string,
  shapes: Readonly<Record<string, readonly number[]>>,
  bad: (problem: string) => InputError,
): Promise<Weights> {
  const file = await SafetensorsFile.open(join(folder, weightsFile));
  try {
    const weights: Record<string, Weights[string]> = {};
    for (const [name, shape] of Object.entries(shapes)) {
      const entry = file.entry(name);
      if (`${entry.shape}` !== `${shape}`)
        throw bad(`tensor "${name}" is [${entry.shape}]; the config makes it [${shape}].`);
      weights[name] = { shape, data: await file.readFloat32(name) };
    }
    return weights;
  } finally {
    await file.close();
  }
}
