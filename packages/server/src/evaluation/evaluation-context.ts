import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { EvaluationContext } from "@loam/evaluation";
import type { Models } from "@loam/providers";
import { AskedLibraries } from "./asked-libraries.ts";
import { type RowSources, rowsOf } from "./evaluation-rows.ts";

export interface EvaluationContextOptions extends RowSources {
  models(): Promise<Models>;
  /** The model of a name such as `openai:gpt-5-mini`. */
  languageModel(name: string): Promise<LanguageModelV4>;
  isHere?: boolean;
}

/** Runs evaluations over a store: its library, traces and examples, with the models of a configuration. */
export function evaluationContext({ isHere, ...options }: EvaluationContextOptions): EvaluationContext {
  const { store, models, languageModel } = options;
  return {
    store,
    isHere,
    open: async () => {
      const libraries = new AskedLibraries({ store, models, languageModel });
      const { judge, embed } = await models();
      return {
        ...{ languageModel, judge, embedder: embed },
        openAsk: (settings) => libraries.open(settings),
        openRows: (dataset, watched) => rowsOf(dataset, options, watched),
        close: () => libraries.close(),
      };
    },
  };
}
