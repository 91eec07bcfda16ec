import { afterAll, beforeAll, expect, test } from "vitest";
import { rawRequest, startTestServer, type TestServer } from "./running.ts";

let server: TestServer;
const token = "the-token-of-whoever-runs-the-server";
beforeAll(async () => {
  server = await startTestServer({ token });
}, 120_000);
afterAll(async () => await server.end());

const call = async (method: string, path: string, key: string | undefined, body?: unknown, headers = {}) => {
  const response = await fetch(server.url + path, {
    method,
    headers: {
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: bodies of many shapes
  return { status: response.status, body: (await response.json().catch(() => null)) as any, response };
};
const member = async (role: string) => {
  const made = await call("POST", "/api/team/members", token, { name: role, role });
  expect(made.status).toBe(201);
  return made.body as { id: string; key: string };
};
const basic = (key: string) => ({ authorization: `Basic ${Buffer.from(`api:${key}`).toString("base64")}` });

/** What each client sends to write, and what it sends to read although it is a POST. */
const writes = [
  ["OTLP", "POST", "/v1/traces", {}],
  ["LangSmith", "POST", "/runs", { id: "0f6e9e4e-0000-4000-8000-000000000001", name: "x", run_type: "chain" }],
  ["LangSmith with its prefix", "POST", "/api/v1/sessions", { name: "x" }],
  ["LangSmith's feedback", "POST", "/feedback", { key: "x" }],
  ["MLflow", "POST", "/api/2.0/mlflow/experiments/create", { name: "x" }],
  ["MLflow's mirror", "POST", "/ajax-api/2.0/mlflow/runs/create", { experiment_id: "0" }],
  ["MLflow's files", "PUT", "/api/2.0/mlflow-artifacts/artifacts/0/x/artifacts/a.txt", {}],
  ["W&B", "POST", "/graphql", { query: 'mutation { upsertBucket(input: { modelName: "x" }) { inserted } }' }],
  ["W&B's stream", "POST", "/files/loam/p/r/file_stream", {}],
  ["Langfuse", "POST", "/api/public/scores", { name: "x", value: 1, traceId: "x" }],
  ["the Studio", "POST", "/api/experiments", { name: "x" }],
  ["the Studio's bin", "POST", "/api/traces/bulk", { ids: ["x"], action: "delete" }],
  ["a model", "POST", "/v1/chat/completions", { model: "m", messages: [] }],
  ["the team", "POST", "/api/team/members", { name: "me too", role: "owner" }],
  ["the settings", "PATCH", "/api/settings/roles/chat", { model: "x" }],
] as const;
const reads = [
  ["OTLP's traces", "GET", "/api/traces", undefined],
  ["LangSmith", "POST", "/runs/query", { session: [] }],
  ["MLflow", "POST", "/api/2.0/mlflow/runs/search", { experiment_ids: ["0"] }],
  ["W&B", "POST", "/graphql", { query: "query { viewer { entity } }" }],
  ["SQL", "POST", "/api/sql", { sql: "select 1 as one" }],
  ["the team", "GET", "/api/team", undefined],
  ["tools", "POST", "/mcp", { jsonrpc: "2.0", id: 1, method: "tools/list" }],
] as const;

const bothKinds = { accept: "application/json, text/event-stream" };

test("a viewer reads by every protocol and writes by none; the refusal has the client's own shape", async () => {
  const { key } = await member("viewer");
  for (const [name, method, path, body] of writes) {
    const answer = await call(
      method,
      path,
      key,
      body,
      path === "/graphql" || path.startsWith("/files") ? basic(key) : {},
    );
    expect([name, answer.status]).toEqual([name, 403]);
    expect(JSON.stringify(answer.body)).toContain("Your role is viewer");
  }
  for (const [name, method, path, body] of reads) {
    const answer = await call(method, path, key, body, path === "/graphql" ? basic(key) : bothKinds);
    expect([name, answer.status]).toEqual([name, 200]);
  }
  const refused = await call("POST", "/api/2.0/mlflow/experiments/create", key, { name: "x" });
  expect(refused.body.error_code).toBe("PERMISSION_DENIED");
});

test("an editor writes, and changes neither the team nor the settings", async () => {
  const { key, id } = await member("editor");
  expect((await call("POST", "/api/2.0/mlflow/experiments/create", key, { name: "by an editor" })).status).toBe(200);
  expect((await call("PATCH", `/api/team/members/${id}`, key, { role: "owner" })).status).toBe(403);
  expect((await call("POST", "/api/team/invitations", key, { role: "owner" })).status).toBe(403);
  expect((await call("POST", "/api/keys", key, { name: "x" })).status).toBe(403);
  await call("PATCH", `/api/team/members/${id}`, token, { role: "viewer" });
  expect((await call("POST", "/api/2.0/mlflow/experiments/create", key, { name: "later" })).status).toBe(403);
  expect((await call("DELETE", `/api/team/members/${id}`, token)).status).toBe(200);
  expect((await call("GET", "/api/traces", key)).status).toBe(401);
});

test("an invitation is good once; the browser that opened it is the member's", async () => {
  const { body: invitation } = await call("POST", "/api/team/invitations", token, { role: "viewer", note: "for Mei" });
  const code = new URL(invitation.path, server.url).searchParams.get("code")!;
  expect((await call("GET", "/api/team", token)).body.invitations).toMatchObject([{ note: "for Mei", role: "viewer" }]);
  const accepted = await call("POST", "/api/team/accept", undefined, { code, name: "Mei" });
  expect(accepted.body).toMatchObject({ name: "Mei", role: "viewer", key: expect.stringMatching(/^loamteam\w{40,}$/) });
  expect((await call("POST", "/api/team/accept", undefined, { code, name: "Eve" })).status).toBe(404);
  const cookie = accepted.response.headers.get("set-cookie")!.split(";")[0]!;
  expect(cookie).not.toContain(accepted.body.key);
  const mine = JSON.parse((await rawRequest(`${server.url}/api/team`, { headers: { cookie } })).body);
  expect(mine).toMatchObject({ me: { name: "Mei", role: "viewer" }, invitations: [] });
  expect((await rawRequest(`${server.url}/api/keys`, { method: "POST", headers: { cookie } })).status).toBe(403);
  expect((await rawRequest(`${server.url}/api/team`, {})).status).toBe(401);
});
