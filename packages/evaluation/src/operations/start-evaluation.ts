import { operation } from "@loam/core";
import type { Store } from "@loam/store";
import { checkSpec, PortableSpec } from "../runs/spec.ts";
import { startEvaluation } from "./accept-evaluation.ts";

export const startEvaluationOperation = operation({
  name: "evaluation.start",
  summary: "Accept an evaluation: models, prompts and questions over a dataset, scored by metrics",
  description:
    "Some worker runs it; `loam work ls` and the Studio show how far it is. Rows come with it, from the library, from " +
    "recorded spans or from a dataset of examples. Files, programs and addresses are for `loam evaluate` on the command line.",
  lasts: "moment",
  input: PortableSpec,
  run: async (
    { store, requireModel }: { store: Store; requireModel(name: string): Promise<unknown> },
    spec,
  ): Promise<{ run: string; work: string }> => {
    checkSpec(spec, `The evaluation ${spec.name}`);
    const models = spec.systems.flatMap(({ model, ask }) => [model, ask?.chat]);
    for (const model of [...models, spec.judge]) if (model !== undefined) await requireModel(model);
    return await startEvaluation(store, spec);
  },
});
