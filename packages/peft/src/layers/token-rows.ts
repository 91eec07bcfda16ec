import { ArgumentError, InputError } from "@loam/core";
import { concat, constant, embedding, gather, greaterOrEqual, type Tensor, unsqueeze, where } from "@loam/graph";
import type { AdapterConfig, BaseModel, TensorValue } from "./method.ts";
import { tiedLayers } from "./tied-weights.ts";
import { prefix } from "./trained-modules.ts";

/** Rows of a table that an adapter replaces (`trainable_token_indices` of PEFT 0.21, `TrainableTokensLayer`). */
export interface TokenRows {
  /** Key of the rows [n, C] in the file. */
  key: string;
  /** The module whose table they are of, and its weight in the base. */
  path: string;
  weight: string;
  indices: readonly number[];
  /** Rows of the whole table, V. */
  rows: number;
  /** Heads that multiply by the same table and get the same rows. */
  heads: readonly string[];
}

/**
 * The rows that a config trains: a list means the model's input embedding, a map names modules. A head that is tied to the
 * table follows it, unless it is named itself with other tokens.
 *
 * @throws {InputError} when a module is none, is trained whole too, or two that stay tied get different tokens.
 * @throws {ArgumentError} when a token is not in the vocabulary.
 */
export function tokenRowsOf(base: BaseModel, config: AdapterConfig): TokenRows[] {
  const asked = config.trainable_token_indices as number[] | Record<string, number[]> | null | undefined;
  if (!asked || Object.keys(asked).length === 0) return [];
  const table = base.embeddings[0]!;
  const named = Array.isArray(asked) ? { [table.path]: asked } : asked;
  const saved = (config.modules_to_save as string[] | null | undefined) ?? [];
  const tied = tiedLayers(base);
  const places = [
    ...base.embeddings.map(({ path, rows }) => ({ path, rows, weight: `${path}.weight` })),
    ...base.linearLayers.map(({ path, outFeatures, weight }) => ({ path, rows: outFeatures, weight })),
  ];
  const found = Object.entries(named).map(([name, indices]) => {
    if (saved.includes(name))
      throw new InputError("bad_adapter_config", `"${name}" is in modules_to_save and in trainable_token_indices.`, {
        hint: "leave it out of one of the two",
      });
    const place = places.find(({ path }) => path.endsWith(name));
    if (!place)
      throw new InputError(
        "no_target",
        `trainable_token_indices names "${name}", which has no rows in ${base.model.name}.`,
        {
          hint: `there are ${places
            .filter(({ rows }) => rows === table.rows)
            .map(({ path }) => path)
            .join(", ")}`,
        },
      );
    for (const index of indices)
      if (!(index >= 0 && index < place.rows))
        throw new ArgumentError("trainable_token_indices", index, `ids from 0 to ${place.rows - 1}`);
    return { ...place, indices };
  });
  const same = (a: readonly number[], b: readonly number[]) => a.join() === b.join();
  const isHead = (path: string) => tied.some((layer) => layer.path === path);
  const main = found.find(({ path }) => path === table.path);
  const differing = found.find(({ path, indices }) => isHead(path) && main && !same(indices, main.indices));
  if (differing && config.ensure_weight_tying === true) {
    throw new InputError(
      "bad_adapter_config",
      `ensure_weight_tying needs the same tokens for ${table.path} and ${differing.path}.`,
      { hint: "give both the same list, or leave ensure_weight_tying out" },
    );
  }
  return found
    .filter(({ path }) => !(isHead(path) && main && !differing))
    .map((place) => ({
      ...place,
      key: `${prefix}${place.path}.token_adapter.trainable_tokens_delta`,
      heads: place === main && !differing ? tied.map(({ path }) => path) : [],
    }));
}

/** What the rows begin as. */
export async function initialRows(base: BaseModel, { weight, indices }: TokenRows): Promise<TensorValue> {
  const { shape, data } = await base.read(weight);
  const C = shape[1]!;
  const rows = new Float32Array(indices.length * C);
  for (const [at, index] of indices.entries()) rows.set(data.subarray(index * C, (index + 1) * C), at * C);
  return { shape: [indices.length, C], data: rows };
}

/** Embeddings [..., C] of ids [...], those of the trained tokens from their rows. */
export function withTokenRows(embedded: Tensor, ids: Tensor, rows: Tensor, { indices, rows: V }: TokenRows): Tensor {
  const slots = new BigInt64Array(V).fill(-1n);
  for (const [slot, index] of indices.entries()) slots[index] = BigInt(slot);
  const slot = gather(ids64(slots, [V]), ids); // [...], −1 at other tokens
  const isTrained = greaterOrEqual(slot, 0);
  const own = embedding(rows, where(isTrained, slot, ids64(new BigInt64Array(1), [])));
  return where(unsqueeze(isTrained, -1), own, embedded);
}

/** Logits [..., V] with those of the trained tokens computed from their rows. */
export function withTokenColumns(logits: Tensor, own: Tensor, tokens: TokenRows): Tensor {
  return gather(concat([logits, own], { axis: -1 }), rowSources(tokens), { axis: -1 });
}

/** The table [V, C] with the rows in it. */
export function mergedRows(table: Tensor, rows: Tensor, tokens: TokenRows): Tensor {
  return gather(concat([table, rows], { axis: 0 }), rowSources(tokens));
}

/** Where each of V rows comes from, when the trained ones stand behind the others. */
function rowSources({ indices, rows: V }: TokenRows): Tensor {
  const sources = BigInt64Array.from({ length: V }, (_, i) => BigInt(i));
  for (const [slot, index] of indices.entries()) sources[index] = BigInt(V + slot);
  return ids64(sources, [V]);
}

const ids64 = (data: BigInt64Array, shape: readonly number[]): Tensor => constant({ dtype: "int64", shape, data });
