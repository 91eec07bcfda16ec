import { show } from "@loam/core";
import type { Recipe } from "../../trainer/recipe/recipe.ts";
import type { EngineFiles } from "./engines.ts";
import { fatesOf, fieldValue, type RecipeField } from "./fates.ts";
import type { WrittenRows } from "./rows.ts";
import type { ProjectTarget } from "./targets.ts";

const sources: Record<ProjectTarget, string> = {
  accelerate: "Written for PEFT 0.21 and transformers 5.18.",
  torchrun: "Written for PEFT 0.21 and transformers 5.18.",
  ray: "Written for PEFT 0.21, transformers 5.18 and Ray Train 2.",
  axolotl:
    "Field names are those of axolotl's `src/axolotl/utils/schemas` (`peft.py` at 00564c8, `training.py` at 002a637).",
  "llama-factory":
    "Field names are those of LLaMA-Factory's `src/llamafactory/hparams` (`finetuning_args.py` at 00577a8, `data_args.py` at 072bfe2).",
};

/** The README of a project: how to start it, what was taken over and what was not, and the way back. */
export function projectReadme({
  recipe,
  target,
  engine: { launch, adapter },
  rows,
  notes,
}: {
  recipe: Recipe;
  target: ProjectTarget;
  engine: EngineFiles;
  rows: WrittenRows;
  notes: readonly string[];
}): string {
  const fates = fatesOf(target);
  const table = (Object.keys(fates) as RecipeField[])
    .map((field) => {
      const value = fieldValue(recipe, field);
      const { outcome, how } = fates[field];
      return `| \`${field}\` | ${value === undefined ? "" : `\`${show(value).replaceAll("|", "\\|")}\``} | ${outcome} | ${how} |`;
    })
    .join("\n");
  const list = notes.map((note) => `- ${note}\n`).join("");
  return `# ${recipe.method.peft_type} on ${recipe.model}, with ${target}

Written by \`loam tune export\`. ${sources[target]}

\`\`\`sh
pip install -r requirements.txt
${launch}
\`\`\`

\`data/train.jsonl\` has ${rows.train} rows, \`data/eval.jsonl\` ${rows.eval}. They are rendered with the recipe's template, with every
mark spelled out; what the loss is taken on is the same as in Loam.
${rows.truncated > 0 ? `${rows.truncated} rows are longer than ${recipe.data.max_tokens} tokens.\n` : ""}${list && `\n${list}`}
## The adapter that comes back

\`${adapter}/\` holds \`adapter_config.json\` and \`adapter_model.safetensors\`, which Loam opens as they are:

\`\`\`sh
loam chat ${recipe.model} --adapter ${adapter}
loam merge ${recipe.model} ${adapter} merged
\`\`\`

## What became of each field of the recipe

| field | value | | as |
|---|---|---|---|
${table}
`;
}
