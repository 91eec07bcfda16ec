import type { PromptTemplateName, Recipe } from "@loam/peft";
import type { SentError } from "../child/child.ts";
import type { RunForecast } from "./forecast.ts";
import type { PreviewRow } from "./preview.ts";

interface ForecastQuestion {
  kind: "forecast";
  recipe: Recipe;
}

interface PreviewQuestion {
  kind: "preview";
  model: string;
  path: string;
  template: PromptTemplateName | "chat";
  maxTokens: number;
  rows?: number;
}

/** What the helper process is asked. */
export type HelperQuestion = { id: number } & (ForecastQuestion | PreviewQuestion);

/** What each question is answered with. */
export type HelperAnswer = { id: number } & ({ result: RunForecast | PreviewRow[] } | { error: SentError });
