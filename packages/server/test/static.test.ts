import { mkdir, mkdtemp, rm, unlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { afterAll, beforeAll, expect, test } from "vitest";
import { respondToError } from "../src/http/errors.ts";
import { pages } from "../src/surfaces/studio/pages.ts";

let folder: string;
let app: Hono;

beforeAll(async () => {
  const parent = await mkdtemp(join(tmpdir(), "loam-static-"));
  folder = join(parent, "dist");
  await mkdir(join(folder, "assets"), { recursive: true });
  await writeFile(join(parent, "secret.txt"), "secret");
  await writeFile(join(folder, "index.html"), "<html>");
  await writeFile(join(folder, "assets/app-1a2b.js"), "plain");
  await writeFile(join(folder, "assets/app-1a2b.js.br"), "brotli");
  await writeFile(join(folder, "assets/app-1a2b.js.gz"), "gzip");
  await writeFile(join(folder, "assets/gone-1a2b.js"), "soon gone");
  app = new Hono().onError(respondToError).route("/", await pages(folder));
});
afterAll(() => rm(join(folder, ".."), { recursive: true, force: true }));

test.each([
  ["br, gzip", "br", "brotli"],
  ["gzip, deflate", "gzip", "gzip"],
  ["", null, "plain"],
])("a client that accepts %s gets the file made for it", async (accepted, encoding, body) => {
  const response = await app.request("/assets/app-1a2b.js", { headers: { "accept-encoding": accepted } });
  expect(response.headers.get("content-encoding")).toBe(encoding);
  expect(response.headers.get("content-type")).toContain("text/javascript");
  expect(response.headers.get("vary")).toBe("Accept-Encoding");
  expect(await response.text()).toBe(body);
});

test("files with a hash in their name are kept for good, the page is asked for each time", async () => {
  expect((await app.request("/assets/app-1a2b.js")).headers.get("cache-control")).toContain("immutable");
  const page = await app.request("/");
  expect(page.headers.get("cache-control")).toBe("no-cache");
  const again = await app.request("/", { headers: { "if-none-match": page.headers.get("etag")! } });
  expect(again.status).toBe(304);
});

test("an address of the Studio gets the page, a missing file does not", async () => {
  expect(await (await app.request("/documents/doc_1?at=1:2,3,4,5")).text()).toBe("<html>");
  expect((await app.request("/assets/none.js")).status).toBe(404);
  // A name with a dot in it is no file to a browser that opens it.
  const html = { headers: { accept: "text/html,application/xhtml+xml" } };
  expect((await app.request("/experiments/registry/resnet.v2", html)).status).toBe(200);
  expect((await app.request("/experiments/registry/resnet.v2")).status).toBe(404);
});

test.each(["/../secret.txt", "/..%2fsecret.txt", "/assets/..%2f..%2fsecret.txt", "/%2e%2e/secret.txt"])(
  "%s does not leave the folder",
  async (path) => {
    const response = await app.request(`http://localhost${path}`);
    expect(await response.text()).not.toContain("secret");
  },
);

test("a file that went away is an answer, not the end of the server", async () => {
  await unlink(join(folder, "assets/gone-1a2b.js"));
  const response = await app.request("/assets/gone-1a2b.js");
  expect(response.status).toBe(503);
  expect((await response.json()).error.message).toContain("Start the server again");
});
