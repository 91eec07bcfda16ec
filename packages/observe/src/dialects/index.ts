import type { PlainSpan, Reading } from "../ingest/plain-span.ts";
import { aiSdk } from "./ai-sdk.ts";
import type { Dialect } from "./dialect.ts";
import { genAi } from "./gen-ai.ts";
import { genAiOld } from "./gen-ai-old.ts";
import { langfuse } from "./langfuse.ts";
import { langsmith } from "./langsmith.ts";
import { mlflow } from "./mlflow.ts";
import { openInference } from "./openinference.ts";

/** Most specific first: a client's own names say more than the general ones that it sends besides. */
export const dialects: readonly Dialect[] = [langfuse, mlflow, langsmith, aiSdk, openInference, genAi, genAiOld];

/** A span as all dialects that it speaks understand it together; `dialect` names the first of them. */
export function readSpan(span: PlainSpan): Reading & { dialect: string | undefined } {
  const spoken = dialects.filter((each) => each.detect(span));
  const result: Reading & { dialect: string | undefined } = { dialect: spoken[0]?.name, taken: [] };
  for (const each of spoken) {
    const { taken = [], usage, ...reading } = each.read(span);
    for (const [field, value] of Object.entries(reading))
      if (value !== undefined) (result as unknown as Record<string, unknown>)[field] ??= value;
    // Counts of one call are taken together: those of two vocabularies may be counted differently.
    if (usage) result.usage = result.usage ? { ...usage, ...result.usage } : usage;
    result.taken!.push(...taken);
  }
  return result;
}
