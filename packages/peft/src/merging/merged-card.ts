import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { yamlForPython } from "@loam/core";

/** The README of a merged model, in the Hub's form. */
export function mergedCard({
  base,
  adapters,
}: {
  base: string;
  adapters: readonly { folder: string; type: string }[];
}): string {
  const types = [...new Set(adapters.map(({ type }) => type))];
  const names = adapters.map(({ folder }) => `\`${basename(resolve(folder))}\``);
  const front = {
    ...(isHubId(base) && { base_model: base, base_model_relation: "merge" }),
    library_name: "transformers",
    pipeline_tag: "text-generation",
    tags: ["loam", "merge", ...types.map((type) => type.toLowerCase())],
  };
  return `---
${yamlForPython(front).trimEnd()}
---

# ${basename(base)} with ${types.join(" and ")} folded in

${names.join(", then ")} folded into the weights of ${isHubId(base) ? base : `\`${basename(base)}\``} by Loam.
`;
}

/** Whether a model name is one of the Hub's, which its cards may link to; paths mean nothing to others. */
export function isHubId(name: string): boolean {
  return /^[\w.-]+(\/[\w.-]+)?$/.test(name) && !existsSync(name);
}
