import { functionCallingAdapter } from "@loam/finetuning";
import type { ServedModel } from "./model-registry.ts";

/**
 * Small models of this machine with the adapter that comes with Loam for calling functions, as models beside them: what calls
 * functions where there is no better model.
 */
export function functionCallers(models: readonly ServedModel[]): ServedModel[] {
  return models.flatMap((model) => {
    const path = /^local:([^+]+)$/.exec(model.target)?.[1];
    const adapter = path && model.makes === "text" ? functionCallingAdapter(path) : undefined;
    if (!adapter) return [];
    const { remove: _, aliases: __, ...rest } = model;
    return [
      {
        ...rest,
        id: `${model.id}+function-calling`,
        target: `${model.target}+${adapter}`,
        aliases: ["function-calling"],
      },
    ];
  });
}
