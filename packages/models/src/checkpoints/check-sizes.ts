import { InputError, show } from "@loam/core";
import type { ConfigJson } from "../architectures/architecture.ts";
import type { Checkpoint } from "./checkpoint.ts";

/** The counts in configs of every architecture, by what the weights can bear. */
const layerCounts = ["num_hidden_layers", "n_layer", "num_layers", "num_decoder_layers"];
const axisSizes = [
  "vocab_size",
  "hidden_size",
  "intermediate_size",
  "num_attention_heads",
  "num_key_value_heads",
  "head_dim",
  "n_embd",
  "n_head",
  "n_inner",
  "d_model",
  "d_ff",
  "d_kv",
  "num_heads",
  "type_vocab_size",
];
const otherCounts = ["max_position_embeddings", "n_positions", "sliding_window", "sliding_window_pattern"];

/**
 * Holds what a config counts against the tensors that there are, before anything is made in those sizes: a config that
 * speaks of a thousand million layers must not be believed.
 *
 * @throws {InputError} `bad_config` naming the field, what it is and what the files hold.
 */
export function checkSizes({ path, config, tensors, packed = new Map() }: Checkpoint): void {
  const shapes = [...tensors.values(), ...packed.values()].map(({ shape }) => shape);
  const longestAxis = shapes.reduce((longest, shape) => Math.max(longest, ...shape), 1);
  const nested = config.text_config;
  for (const json of [config, ...(isObject(nested) ? [nested] : [])]) {
    for (const field of layerCounts) check(json, field, shapes.length, `the files hold ${shapes.length} tensors`);
    for (const field of axisSizes)
      check(json, field, longestAxis, `the longest axis of a tensor in the files is ${longestAxis}`);
    for (const field of otherCounts) check(json, field, Number.MAX_SAFE_INTEGER, "a count is a whole number");
  }

  function check(json: ConfigJson, field: string, most: number, because: string): void {
    const found = json[field];
    if (found === undefined || found === null) return;
    if (Number.isSafeInteger(found) && (found as number) >= 1 && (found as number) <= most) return;
    throw new InputError(
      "bad_config",
      `${path}: the config says \`${field}\` is ${show(found)}; expected a whole number from 1 to ${most} (${because}).`,
      { details: { field, found, most }, hint: "check that config and weights belong together" },
    );
  }
}

function isObject(value: unknown): value is ConfigJson {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
