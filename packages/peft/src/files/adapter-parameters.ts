/** Tensors of an adapter that sit on modules of one name, such as every `q_proj`. */
export interface ModuleParameters {
  /** Last part of the modules' path: `q_proj`; the tensor's own name where it belongs to no module. */
  module: string;
  /** How many such modules there are. */
  modules: number;
  tensors: number;
  parameters: number;
  /** Their shapes by what follows the module's path, each once. */
  shapes: Readonly<Record<string, readonly (readonly number[])[]>>;
}

/** An adapter's numbers by the name of the module they belong to, in the order of the file. */
export function parametersByModule(
  tensors: Readonly<Record<string, { readonly shape: readonly number[] }>>,
): ModuleParameters[] {
  const groups = new Map<string, { paths: Set<string>; tensors: number; parameters: number; shapes: Shapes }>();
  for (const [key, { shape }] of Object.entries(tensors)) {
    const { path, suffix } = splitKey(key);
    const module = path.slice(path.lastIndexOf(".") + 1) || suffix;
    let group = groups.get(module);
    if (!group) groups.set(module, (group = { paths: new Set(), tensors: 0, parameters: 0, shapes: {} }));
    group.paths.add(path);
    group.tensors++;
    group.parameters += shape.reduce((a, b) => a * b, 1);
    const known = (group.shapes[suffix] ??= []);
    if (!known.some((other) => other.join() === shape.join())) known.push(shape);
  }
  return [...groups].map(([module, { paths, ...group }]) => ({ module, modules: paths.size, ...group }));
}

type Shapes = Record<string, (readonly number[])[]>;

/** The module that an adapter's tensor belongs to, and the tensor's name in it. */
function splitKey(key: string): { path: string; suffix: string } {
  const parts = key.replace(/^base_model\.model\./, "").split(".");
  const own = parts.findIndex((part) => /^(lora_|hada_|lokr_|ia3_|adapter_|diff_|base_layer$)/.test(part));
  const at = own >= 0 ? own : Math.max(0, parts.findLastIndex((part) => part !== "weight" && part !== "bias") + 1);
  const isBare = at === parts.length;
  const path = parts.slice(0, isBare ? at - 1 : at).join(".");
  // AdapterHub puts the adapter's name between the place and its layers: output_adapters.adapters.NAME.
  return { path: path.replace(/\.adapters\.[^.]+$/, ""), suffix: parts.slice(isBare ? at - 1 : at).join(".") };
}
