import OpenAI, { toFile } from "openai";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openaiClient, refusal } from "../../../test/openai-client.ts";
import { startTestServer, type TestServer } from "../../../test/running.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ worker: "none", token: "the token of this server" });
});
afterAll(() => server?.end());

type Options = Partial<Parameters<TestServer["platform"]["keys"]["create"]>[0]>;
async function keyed(options: Options = {}) {
  const usual = { name: "test", ownProject: "a", scopes: [], requestsPerMinute: null, tokensPerMinute: null };
  const { secret, key } = await server.platform.keys.create({ ...usual, ...options });
  return { client: openaiClient(server, { apiKey: secret }), id: key.id, secret };
}
const put = async (client: OpenAI) =>
  await client.files.create({ file: await toFile(Buffer.from("x"), "x"), purpose: "user_data" });

test("what belongs to another project is not there, and keys of one project see the same", async () => {
  const [one, two, other] = [await keyed(), await keyed(), await keyed({ ownProject: "b" })];
  const file = await put(one.client);
  expect((await two.client.files.retrieve(file.id)).id).toBe(file.id);
  expect((await refusal(other.client.files.retrieve(file.id))).status).toBe(404);
  expect((await refusal(other.client.files.delete(file.id))).status).toBe(404);
  expect((await other.client.files.list()).data).toEqual([]);
  expect((await openaiClient(server, { apiKey: "the token of this server" }).files.list()).data).toEqual([]);
});

test("only the hash of a key is kept, and one that was taken away is refused", async () => {
  const { client, id, secret } = await keyed();
  const { rows } = await server.store.db.execute("select * from platform_objects where kind = 'api_key'");
  expect(JSON.stringify(rows)).not.toContain(secret);
  await server.platform.keys.remove(id);
  const refused = await refusal(client.files.list());
  expect([refused.status, refused.code]).toEqual([401, "invalid_api_key"]);
  expect(refused.message).not.toContain(secret);
});

test("a key is for what it was made for", async () => {
  const { client } = await keyed({ scopes: ["files"] });
  await client.files.list();
  const refused = await refusal(client.beta.assistants.list());
  expect([refused.status, refused.message]).toEqual([403, expect.stringContaining("files")]);
});

test("limits are told, and beyond them it is said when to come again", async () => {
  const { client } = await keyed({ requestsPerMinute: 2 });
  const first = await client.files.list().withResponse();
  expect(first.response.headers.get("x-ratelimit-limit-requests")).toBe("2");
  expect(first.response.headers.get("x-ratelimit-remaining-requests")).toBe("1");
  await client.files.list();
  const refused = await refusal(client.files.list());
  expect(refused).toBeInstanceOf(OpenAI.RateLimitError);
  expect(Number(refused.headers!.get("retry-after"))).toBeGreaterThan(50);
});

test("a key opens nothing but OpenAI's API", async () => {
  const { secret } = await keyed();
  const response = await fetch(`${server.url}/api/settings`, { headers: { authorization: `Bearer ${secret}` } });
  expect(response.status).toBe(401);
});
