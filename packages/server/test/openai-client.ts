import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { loadConfig } from "@loam/core";
import { tinyChatModel } from "@loam/models/testing";
import OpenAI from "openai";
import type { StartOptions } from "../src/start-loam.ts";
import { startTestServer, type TestServer } from "./running.ts";

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

/** A server that offers a tiny chat model, which talks nonsense fast, under the id that is given back. */
export async function startChatServer(options: StartOptions = {}): Promise<{ server: TestServer; model: string }> {
  const path = tinyChatModel();
  const folder = await mkdtemp(join(tmpdir(), "loam-config-"));
  const env = { LOAM_HOME: join(folder, "home"), PATH: process.env.PATH };
  const load = () =>
    loadConfig({
      cwd: folder,
      env,
      userFile: join(folder, "config.json"),
      flags: { server: { models: [`local:${path}`] } },
    });
  const server = await startTestServer({ load, ...options });
  const end = async () => {
    await server.end();
    for (const gone of [path, folder]) await rm(gone, { recursive: true, force: true });
  };
  return { server: { ...server, end }, model: basename(path) };
}
