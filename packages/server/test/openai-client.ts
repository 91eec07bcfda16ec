import OpenAI from "openai";
import type { TestServer } from "./running.ts";

/** OpenAI's own client, pointed at a test server. It never tries again: a test sees the first answer. */
export function openaiClient(server: TestServer, { apiKey = "sk-local" } = {}): OpenAI {
  return new OpenAI({ baseURL: `${server.url}/v1`, apiKey, maxRetries: 0, timeout: 60_000 });
}

/** The error that a call is refused with. */
export async function refusal(call: Promise<unknown>): Promise<InstanceType<typeof OpenAI.APIError>> {
  const outcome = await call.then(
    () => undefined,
    (error) => error,
  );
  if (outcome instanceof OpenAI.APIError) return outcome;
  throw outcome ?? new Error("the call was not refused");
}
