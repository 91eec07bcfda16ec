import { LoamError, UnavailableError } from "@loam/core";
import type { Workspace } from "../../command/workspace.ts";

/** Asks the server that has the store open. @throws what it answers, and {UnavailableError} when it is not there. */
export async function askServer<Answer>(
  { config }: Pick<Workspace, "config">,
  method: "GET" | "POST" | "DELETE",
  path: string,
  body?: unknown,
  url = `http://${config.server.host}:${config.server.port}`,
): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(new URL(path, url), {
      method,
      headers: {
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...(config.server.token ? { authorization: `Bearer ${config.server.token}` } : {}),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (cause) {
    throw new UnavailableError("server", `at ${url} does not answer.`, {
      hint: "give its address with `--url`, or end the process that has the store open",
      cause,
    });
  }
  const answer = (await response.json()) as { error?: { message: string; code: string | null; hint?: string } };
  if (response.ok) return answer as Answer;
  const { message, code, hint } = answer.error ?? { message: `The server answered ${response.status}.`, code: null };
  throw new LoamError(code ?? "failed", message, { status: response.status, hint, exitCode: 3 });
}
