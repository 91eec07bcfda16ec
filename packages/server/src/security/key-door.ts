import { type ApiKeys, keyPrefix } from "@loam/platform";
import type { Context } from "hono";
import { setProject } from "../surfaces/openai/wire/project.ts";

/** Whether a credential is one of the keys that are made here, as against the server's own token. */
export function isApiKey(credential: string | undefined): credential is string {
  return credential?.startsWith(keyPrefix) ?? false;
}

/**
 * Answers a request that comes with a key: as its project, within its limits, which the answer tells. What an answer
 * says of its `usage` is counted; streams are not.
 */
export async function answerWithKey(
  keys: ApiKeys,
  c: Context,
  key: string,
  answer: () => Promise<void>,
): Promise<void> {
  const access = await keys.admit(key, c.req.path);
  setProject(c.req.raw, access.project);
  await answer();
  const isJson = (c.res.headers.get("content-type") ?? "").startsWith("application/json");
  if (isJson && c.res.ok) {
    const { usage } = (await c.res.clone().json()) as { usage?: { total_tokens?: number } };
    if (typeof usage?.total_tokens === "number") access.use(usage.total_tokens);
  }
  for (const [name, value] of Object.entries(access.headers())) c.res.headers.set(name, value);
}
