import type { ConfigInput } from "@loam/core";

type Tree = { [name: string]: unknown };

/** The configuration with one value set at a path of names, or taken out; objects left empty go too. */
export function withValue(config: ConfigInput, path: string, value: unknown): ConfigInput {
  return put(config as Tree, path.split("."), value) as ConfigInput;
}

function put(tree: Tree, [name, ...rest]: string[], value: unknown): Tree {
  if (name === undefined) return tree;
  const { [name]: old, ...others } = tree;
  if (rest.length === 0) return value === undefined ? others : { ...others, [name]: value };
  const inner = put(typeof old === "object" && old !== null ? (old as Tree) : {}, rest, value);
  return Object.keys(inner).length === 0 ? others : { ...others, [name]: inner };
}

/** `true`, `false` and numbers are what they look like, all else is text. */
export function parseValue(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}
