import { existsSync } from "node:fs";
import { basename, join } from "node:path";
import { InputError, NotFoundError } from "@loam/core";
import { readTextFile, SafetensorsFile, type TensorEntry } from "@loam/formats";
import { cast, type Tensor, weight } from "@loam/graph";
import type { Parameters } from "@loam/models";
import type { z } from "zod";

/** A part of a diffusers folder: its configuration, and its weights where they lie in their files. */
export interface Component<C> {
  config: C;
  parameters: Parameters;
  /** Bytes of the weights as they are computed with: float32, but for packed ones. */
  sizeBytes: number;
  /** What lies in the files, by name. */
  tensors: ReadonlyMap<string, Pick<TensorEntry, "shape">>;
  /** Reads a tensor as float32 numbers. */
  read(name: string): Promise<Float32Array>;
}

const names = ["diffusion_pytorch_model.safetensors", "model.safetensors"];
const dtypes: Partial<Record<TensorEntry["dtype"], "float32" | "float16" | "bfloat16">> = {
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
};

/**
 * Opens a part of a diffusers folder. Weights stay mapped; they are computed with in float32.
 *
 * @throws {NotFoundError} for a missing file. @throws {InputError} `pickled_checkpoint` for PyTorch's own files, `bad_component`
 *   for a configuration that is not understood, naming the field.
 */
export async function openComponent<S extends z.ZodType>(folder: string, schema: S): Promise<Component<z.output<S>>> {
  const text = await readTextFile(join(folder, "config.json")).catch((cause) => {
    throw new NotFoundError("file", join(folder, "config.json"), { cause });
  });
  const parsed = schema.safeParse(JSON.parse(text));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError("bad_component", `${folder}/config.json: \`${issue!.path.join(".")}\`: ${issue!.message}.`, {
      hint: "give the component as diffusers saves it",
    });
  }
  const entries = new Map<string, { file: string; entry: TensorEntry }>();
  for (const file of await weightFiles(folder)) {
    const opened = await SafetensorsFile.open(file);
    for (const [name, entry] of opened.tensors) entries.set(name, { file, entry });
    await opened.close();
  }
  const made = new Map<string, Tensor>();
  return {
    config: parsed.data,
    tensors: new Map([...entries].map(([name, { entry }]) => [name, entry])),
    async read(name) {
      const file = await SafetensorsFile.open(entries.get(name)!.file);
      try {
        return await file.readFloat32(name);
      } finally {
        await file.close();
      }
    },
    sizeBytes: [...entries.values()].reduce((sum, { entry }) => sum + float32Bytes(entry.shape), 0),
    parameters: {
      has: (name) => entries.has(name),
      get(name) {
        const known = made.get(name);
        if (known) return known;
        const found = entries.get(name);
        if (!found) throw new NotFoundError(`${folder}: tensor`, name, { known: entries.keys() });
        const { file, entry } = found;
        const dtype = dtypes[entry.dtype];
        if (!dtype)
          throw new InputError(
            "bad_component",
            `${file}: tensor "${name}" is ${entry.dtype}; expected a float of 16 or 32 bits.`,
          );
        const source = { file, offsetBytes: entry.offset, lengthBytes: entry.sizeBytes };
        const tensor = cast(weight({ name: `${folder}/${name}`, dtype, shape: entry.shape, source }), "float32");
        made.set(name, tensor);
        return tensor;
      },
    },
  };
}

/** Bytes of a tensor as it is computed with, whatever its file holds. */
export const float32Bytes = (shape: readonly number[]): number => 4 * shape.reduce((a, b) => a * b, 1);

/** One file, or those that an index names. */
async function weightFiles(folder: string): Promise<string[]> {
  for (const name of names) {
    if (existsSync(join(folder, name))) return [join(folder, name)];
    const index = join(folder, `${name}.index.json`);
    if (!existsSync(index)) continue;
    const { weight_map } = JSON.parse(await readTextFile(index)) as { weight_map: Record<string, string> };
    return [...new Set(Object.values(weight_map))].map((file) => {
      if (typeof file === "string" && file === basename(file)) return join(folder, file);
      throw new InputError("bad_index", `${index} names a file outside its folder: ${JSON.stringify(file)}.`, {
        hint: "download the folder again",
      });
    });
  }
  const pickled = ["diffusion_pytorch_model.bin", "pytorch_model.bin"].find((name) => existsSync(join(folder, name)));
  if (pickled)
    throw new InputError(
      "pickled_checkpoint",
      `${join(folder, pickled)} is a pickled checkpoint: opening it may run any code. Only safetensors is opened.`,
      { hint: "save the pipeline with `safe_serialization=True`" },
    );
  throw new NotFoundError("weights", join(folder, names[0]!));
}
