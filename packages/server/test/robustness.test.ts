import { afterAll, beforeAll, expect, test } from "vitest";
import { rawRequest, startTestServer, type TestServer } from "./running.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.end());

const health = async () => (await fetch(`${server.url}/api/health`)).status;
const post = (path: string, body: unknown) =>
  fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });

test.each([
  [
    "/api/documents",
    "the closing boundary is missing",
    '--B\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\nhello',
  ],
  [
    "/api/tune/datasets",
    "the closing boundary is missing",
    '--B\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n{}',
  ],
  [
    "/api/catalogues",
    "the closing boundary is missing",
    '--B\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nid,title',
  ],
  ["/api/documents", "it ends in a part's header", "--B\r\nContent-Disposition: form-data; na"],
  ["/api/documents", "it is no form at all", "hello"],
])("an upload to %s that is cut is refused: %s", async (path, _how, body) => {
  const response = await fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { "content-type": "multipart/form-data; boundary=B" },
    body,
  });
  expect(response.status).toBe(400);
  expect(await health()).toBe(200);
});

test.each([
  ["GET", "/api/documents/%00"],
  ["GET", "/api/documents/a%00b/pages"],
  ["GET", "/api/documents/%00/original"],
  ["GET", "/api/documents/%00/pages/1"],
  ["POST", "/api/documents/a%00b/retry"],
  ["DELETE", "/api/documents/%00"],
  ["GET", "/api/conversations/a%00b"],
  ["GET", "/api/catalogues/a%00b/map"],
  ["DELETE", "/api/catalogues/%00"],
  ["GET", "/api/traces/%00"],
  ["GET", "/api/traces?query=%00"],
  ["GET", "/api/traces?before=%00"],
  ["GET", "/api/summaries?document=%00"],
  ["DELETE", "/api/summaries/a%00b"],
  ["GET", "/api/tune/runs/a%00b"],
  ["POST", "/api/tune/runs/a%00b/resume"],
  ["GET", "/api/documents/%ED%A0%80"],
])("%s %s is not found or refused: no row has such an id", async (method, path) => {
  const { status, body } = await rawRequest(`${server.url}${path}`, { method });
  expect([status, body]).toEqual([
    expect.toSatisfy((code: number) => [200, 400, 404].includes(code)),
    expect.any(String),
  ]);
});

test.each([
  ["/api/search", { query: "x", documents: ["a\u0000"] }],
  ["/api/search", { query: "x\u0000y" }],
  ["/api/search", { query: "x\ud800" }],
  ["/api/ask", { question: "x", conversation: "a\u0000b" }],
])("POST %s %j is answered or refused", async (path, body) => {
  const response = await post(path, body);
  expect(response.status).toBeLessThan(500);
  expect(await response.text()).not.toContain("internal_error");
});

test("two long texts are compared beside everything else, or refused when they take too long", async () => {
  const candidate = Array.from({ length: 30_000 }, (_, i) => `w${i % 977}`).join(" ");
  const reversed = candidate.split(" ").reverse().join(" ");
  const scoring = post("/api/metrics/score", { candidate, references: [reversed, candidate] });
  let slowest = 0;
  let done = false;
  scoring.finally(() => {
    done = true;
  });
  while (!done) {
    const start = performance.now();
    expect(await health()).toBe(200);
    slowest = Math.max(slowest, performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const response = await scoring;
  expect([200, 422]).toContain(response.status);
  if (response.status === 422) expect((await response.json()).error.code).toBe("budget_exceeded");
  expect(slowest).toBeLessThan(5000);
}, 60_000);

test("imports of one catalogue at the same moment each answer, and its rows are of one file", async () => {
  const rows = { Alpha: 900, Beta: 700, Gamma: 500 };
  const send = async ([word, count]: [string, number]) => {
    const form = new FormData();
    const lines = Array.from({ length: count }, (_, i) => `${i},${word} ${i}`);
    form.append("file", new Blob([["id,title", ...lines].join("\n")]), "same.csv");
    const response = await fetch(`${server.url}/api/catalogues`, { method: "POST", body: form });
    return { status: response.status, body: await response.json() };
  };
  for (let round = 0; round < 3; round++) {
    const answers = await Promise.all(Object.entries(rows).map(send));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    const catalogues = (await (await fetch(`${server.url}/api/catalogues`)).json()) as { id: string; items: number }[];
    expect(Object.values(rows)).toContain(catalogues[0]!.items);
    expect((await fetch(`${server.url}/api/catalogues/${catalogues[0]!.id}/facets`)).status).toBe(200);
  }
});
