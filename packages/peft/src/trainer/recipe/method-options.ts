import { InputError, nearestName } from "@loam/core";
import { isUnused } from "../../layers/config.ts";
import { adapterMethod } from "../../methods/registry.ts";
import type { Recipe } from "./recipe.ts";

/**
 * Checks a recipe's method before anything is opened. Options that Loam does not know are kept in adapters' files, but refused
 * here, where they would do nothing.
 *
 * @throws {InputError} `bad_recipe` naming the option.
 */
export function checkMethodOptions({ method: options, adapter }: Recipe, recipe: string): void {
  const { type, fields: known, readConfig } = adapterMethod(options.peft_type);
  try {
    // The options of an adapter that a run goes on from are known when its folder is read.
    if (adapter === undefined) readConfig(options);
  } catch (cause) {
    if (!(cause instanceof InputError) || cause.code !== "bad_adapter_config") throw cause;
    throw new InputError("bad_recipe", cause.message.replace("adapter_config.json: `", `${recipe}: \`method.`), {
      details: { ...cause.details, field: `method.${cause.details.field}` },
      cause,
    });
  }
  const unknown = Object.keys(options).find((field) => known && !known.includes(field) && !isUnused(options[field]));
  if (!known || unknown === undefined) return;
  const near = nearestName(unknown, known);
  throw new InputError("bad_recipe", `${recipe}: ${type} has no option \`method.${unknown}\`.`, {
    details: { field: `method.${unknown}`, known },
    hint: near ? `did you mean \`method.${near}\`?` : `its options are ${known.join(", ")}`,
  });
}
