import { traceCreate } from "../openai/wrap-openai.ts";
import { messagesEndpoint } from "./messages.ts";

/** The parts of the official `@anthropic-ai/sdk` client that are traced. */
export interface AnthropicClient {
  baseURL: string;
  messages: { create: unknown };
  beta?: { messages?: { create: unknown } };
}

/**
 * Traces every message of an `@anthropic-ai/sdk` client, streamed or not, including those that its helpers (`stream`,
 * the tool runner) make. The client is changed in place and returned; wrapping it again does nothing.
 */
export function wrapAnthropic<C extends object>(
  client: C & AnthropicClient,
  { provider = "anthropic" }: { provider?: string } = {},
): C {
  const target = { provider, baseUrl: client.baseURL, asksUsage: false };
  traceCreate(client.messages, messagesEndpoint, target);
  if (client.beta?.messages) traceCreate(client.beta.messages, messagesEndpoint, target);
  return client;
}
