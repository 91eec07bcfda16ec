import { expect, test } from "vitest";
import { fuzzOpenAi } from "./fuzz-openai.ts";
import { openaiClient, startChatServer } from "./openai-client.ts";

test("requests that are wrong in any way are refused by name, and the server goes on", async () => {
  const { server, model } = await startChatServer();
  try {
    const client = openaiClient(server);
    const assistant = await client.beta.assistants.create({ model });
    const thread = await client.beta.threads.create();
    const ids = [assistant.id, thread.id];
    const { statuses, failures } = await fuzzOpenAi(server.url, { model, requests: 400, seed: 7, ids });
    expect(failures).toEqual([]);
    expect(statuses[400]).toBeGreaterThan(50);
    expect((await client.models.list()).data.length).toBeGreaterThan(0);
  } finally {
    await server.end();
  }
}, 120_000);
