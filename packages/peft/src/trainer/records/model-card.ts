import { yamlForPython } from "@loam/core";
import { isHubId } from "../../merging/merged-card.ts";
import type { Recipe } from "../recipe/recipe.ts";
import type { TrainingData } from "../training-data.ts";

/** The README of an adapter folder, in the Hub's form: what it was made of and how it went. */
export function modelCard({
  recipe,
  data,
  trainableParameters,
  steps,
  losses,
  scores,
}: {
  recipe: Recipe;
  data: TrainingData;
  trainableParameters: number;
  steps: number;
  losses: { first: number; last: number; eval?: number };
  scores: Readonly<Record<string, number>>;
}): string {
  const { report } = data;
  const front = {
    ...(isHubId(recipe.model) && { base_model: recipe.model, base_model_relation: "adapter" }),
    library_name: recipe.method.peft_type === "BOTTLENECK" ? "adapter-transformers" : "peft",
    pipeline_tag: "text-generation",
    tags: ["loam", recipe.method.peft_type.toLowerCase()],
  };
  const counts = [
    `${report.kept} examples`,
    report.skipped && `${report.skipped} rows skipped`,
    report.duplicates && `${report.duplicates} duplicates left out`,
    report.truncated && `${report.truncated} cut at ${recipe.data.max_tokens} tokens`,
    report.unsupervised && `${report.unsupervised} left out because nothing of their answer fitted`,
  ].filter(Boolean);
  const answered = Object.entries(scores)
    .map(([name, score]) => `\n| ${name} of ${recipe.eval_generate} generated answers | ${score.toFixed(4)} |`)
    .join("");
  return `---
${yamlForPython(front).trimEnd()}
---

# ${recipe.method.peft_type} adapter for ${recipe.model}

Trained with Loam: ${trainableParameters.toLocaleString("en")} parameters, ${steps} steps.

| | |
|---|---|
| Training loss, first step | ${losses.first.toFixed(4)} |
| Training loss, last step | ${losses.last.toFixed(4)} |${losses.eval === undefined ? "" : `\n| Evaluation loss | ${losses.eval.toFixed(4)} |`}${answered}
| Data | ${counts.join(", ")} |
| SHA-256 of the encoded data | \`${data.hash}\` |

## Recipe

\`\`\`yaml
${yamlForPython(recipe).trimEnd()}
\`\`\`
`;
}
