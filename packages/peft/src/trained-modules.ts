import { InputError, nearestName } from "@loam/core";
import type { LinearLayer } from "./linear-layers.ts";
import type { AdapterConfig, BaseModel } from "./method.ts";
import { isNamed, matchTargets, type TargetSpec } from "./targets.ts";

/** What stands before a module's path in adapter files. */
export const prefix = "base_model.model.";

/** The layers that the config's `target_modules` choose. */
export function targetsOf({ linearLayers, model }: BaseModel, config: AdapterConfig): LinearLayer[] {
  const spec: TargetSpec = {
    targetModules: config.target_modules as string[] | string,
    excludeModules: config.exclude_modules as string[] | undefined,
    layersToTransform: config.layers_to_transform as number[] | undefined,
    layersPattern: config.layers_pattern as string[] | undefined,
  };
  const head = model.kind === "decoder" ? linearLayers.at(-1)?.path : undefined;
  const saved = (config.modules_to_save as string[] | null | undefined) ?? [];
  const chosen = new Set(
    matchTargets(
      linearLayers.map((layer) => layer.path),
      spec,
      { outputHead: head },
    ),
  );
  return linearLayers.filter(({ path }) => chosen.has(path) && !isNamed(path, saved));
}

/**
 * Keys of base tensors that a config trains whole beside its layers, and their names in the base: biases (`bias`) and modules
 * (`modules_to_save`).
 */
export function wholeTensors(base: BaseModel, config: AdapterConfig): Record<string, string> {
  return { ...trainedBiases(base, config), ...savedModules(base, config) };
}

/**
 * Keys of the biases that are trained too, and their names in the base: `bias: "lora_only"` those of adapted layers, `"all"`
 * every bias of a linear layer.
 */
function trainedBiases(base: BaseModel, config: AdapterConfig): Record<string, string> {
  if (config.bias === undefined || config.bias === "none") return {}; // "all", or the method's own "…_only"
  const targets = new Set(targetsOf(base, config).map((layer) => layer.path));
  const layers = base.linearLayers.filter(
    ({ path, hasBias }) => hasBias && (config.bias === "all" || targets.has(path)),
  );
  return Object.fromEntries(
    layers.map(({ path }) => [
      prefix + (targets.has(path) ? `${path}.base_layer.bias` : `${path}.bias`),
      `${path}.bias`,
    ]),
  );
}

/**
 * Keys of the modules that are trained whole (`modules_to_save`: an output head, a norm), and their names in the base.
 *
 * @throws {InputError} `no_target` when a name is that of no module with weights of its own.
 */
function savedModules({ model }: BaseModel, config: AdapterConfig): Record<string, string> {
  const asked = (config.modules_to_save as string[] | null | undefined) ?? [];
  const names = Object.keys(model.architecture.parameters(model.config as never)).filter((name) =>
    model.parameters.has(name),
  );
  const saved: Record<string, string> = {};
  for (const module of asked) {
    const found = names.filter((name) => isNamed(name.slice(0, name.lastIndexOf(".")), [module]));
    if (found.length === 0) {
      const modules = [...new Set(names.map((name) => name.split(".").at(-2)!))];
      const near = nearestName(module, modules);
      throw new InputError(
        "no_target",
        `modules_to_save names "${module}", which has no weights of its own in ${model.name}.`,
        {
          details: { module, modules },
          hint: near
            ? `did you mean "${near}"?`
            : `there are ${modules.join(", ")}; a tied head shares the embedding's`,
        },
      );
    }
    for (const name of found) saved[prefix + name] = name;
  }
  return saved;
}
