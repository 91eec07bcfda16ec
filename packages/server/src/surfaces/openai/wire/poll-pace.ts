import type { Context } from "hono";

/** How soon a client that waits for an object should look again: what is done on this machine is soon done. */
const pollMs = 200;

/** Tells the pace to the poll helpers of OpenAI's clients, which else wait a second. */
export function setPollPace(c: Context): void {
  c.header("openai-poll-after-ms", String(pollMs));
}
