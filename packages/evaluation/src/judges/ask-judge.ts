import type { LanguageModelV4 } from "@ai-sdk/provider";
import { CancelledError } from "@loam/core";
import type { TokenUsage } from "@loam/observe";
import { generateText, NoObjectGeneratedError, Output } from "ai";
import type { z } from "zod";

export interface JudgeOptions {
  /** How often an answer that breaks the schema, or a call that fails, is tried again. */
  retries?: number;
  temperature?: number;
  signal?: AbortSignal;
}

/** What a judge said, or why it could not be had. */
export type JudgeAnswer<T> =
  | { ok: true; value: T; usage: TokenUsage }
  | { ok: false; reason: string; usage: TokenUsage };

/**
 * Asks a model for an answer that meets a schema. An answer that does not is asked for again, with what was wrong; JSON in
 * a code fence or amid prose is accepted. After the last try the reason is returned, not thrown: a judge's failures are counted.
 *
 * @throws {CancelledError} when the signal fires.
 */
export async function askJudge<T>(
  model: LanguageModelV4,
  { system, prompt, schema }: { system: string; prompt: string; schema: z.ZodType<T> },
  { retries = 2, temperature = 0, signal }: JudgeOptions = {},
): Promise<JudgeAnswer<T>> {
  const usage: TokenUsage = {};
  let reason = "";
  for (let attempt = 0; attempt <= retries; attempt++) {
    if (signal?.aborted) throw new CancelledError("Judging", { cause: signal.reason });
    const correction =
      attempt === 0 || reason === ""
        ? ""
        : `\n\nYour last answer could not be used: ${reason}. Answer with the JSON alone.`;
    try {
      const { output, totalUsage } = await generateText({
        model,
        system,
        prompt: prompt + correction,
        temperature,
        maxRetries: 0,
        abortSignal: signal,
        output: Output.object({ schema }),
      });
      addUsage(usage, totalUsage);
      return { ok: true, value: output as T, usage };
    } catch (error) {
      if (signal?.aborted) throw new CancelledError("Judging", { cause: error });
      if (!NoObjectGeneratedError.isInstance(error)) {
        reason = `the judge could not be reached: ${(error as Error).message}`;
        continue;
      }
      addUsage(usage, error.usage);
      const read = readJson(error.text ?? "", schema);
      if (read.ok) return { ok: true, value: read.value, usage };
      reason = read.reason;
    }
  }
  return { ok: false, reason, usage };
}

/** The JSON object of an answer: the whole, what stands in a fence, or from the first brace to the last. */
function readJson<T>(text: string, schema: z.ZodType<T>): { ok: true; value: T } | { ok: false; reason: string } {
  const json =
    /```(?:json)?\s*([\s\S]*?)```/.exec(text)?.[1] ?? text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1);
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    const start = text.trim().slice(0, 60);
    return {
      ok: false,
      reason: start === "" ? "the answer was empty" : `the answer is not JSON: ${JSON.stringify(start)}`,
    };
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return { ok: true, value: parsed.data };
  const [issue] = parsed.error.issues;
  return {
    ok: false,
    reason: `the answer breaks the schema at ${issue!.path.join(".") || "its top"}: ${issue!.message}`,
  };
}

/** Adds what a call used; counts that are not known stay so. */
export function addUsage(
  total: TokenUsage,
  more: { inputTokens?: number | undefined; outputTokens?: number | undefined } | undefined,
): void {
  for (const key of ["inputTokens", "outputTokens"] as const) {
    if (more?.[key] !== undefined) total[key] = (total[key] ?? 0) + more[key];
  }
}
