import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serve } from "../src/serve.ts";
import { rawRequest, startTestServer, type TestServer } from "./running.ts";

describe("on loopback, without a token", () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.end());

  test.each(["127.0.0.1", "localhost", "[::1]"])("the host %s is answered", async (name) => {
    const host = `${name}:${new URL(server.url).port}`;
    expect((await rawRequest(`${server.url}/api/health`, { headers: { host } })).status).toBe(200);
  });

  test.each(["evil.example", "127.0.0.1.evil.example", "192.168.1.7", ""])(
    "the host %s, to which a name may be rebound, is refused",
    async (host) => {
      const { status, body } = await rawRequest(`${server.url}/api/documents`, { headers: { host } });
      expect(status).toBe(403);
      expect(JSON.parse(body).error).toMatchObject({ code: "host_not_allowed", type: "permission_error" });
    },
  );

  test.each(["https://evil.example", "null", "http://127.0.0.1:1", "http://localhost:3000"])(
    "a page of %s may not read or write",
    async (origin) => {
      for (const method of ["GET", "POST", "DELETE"]) {
        const { status, body } = await rawRequest(`${server.url}/api/documents`, { method, headers: { origin } });
        expect([method, status]).toEqual([method, 403]);
        expect(JSON.parse(body).error.code).toBe("origin_not_allowed");
      }
    },
  );

  test.each(["cross-site", "same-site"])("an image tag of a %s page gets nothing", async (site) => {
    const headers = { "sec-fetch-site": site, "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" };
    expect((await rawRequest(`${server.url}/api/documents`, { headers })).status).toBe(403);
  });

  test("the server's own pages may do both", async () => {
    const headers = { origin: server.url, "sec-fetch-site": "same-origin" };
    expect((await rawRequest(`${server.url}/api/documents`, { headers })).status).toBe(200);
  });

  test("every response says what a browser may do with it", async () => {
    const { headers } = await fetch(`${server.url}/api/health`);
    expect(headers.get("content-security-policy")).toContain("default-src 'none'");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("content-security-policy")).not.toMatch(/script-src[^;]*unsafe/);
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
    expect(headers.get("cache-control")).toBe("no-store");
  });

  test("an address of the network is refused, with the way out", async () => {
    const { library, store, platform } = server;
    const start = serve({
      library,
      store,
      platform,
      models: undefined as never,
      host: "0.0.0.0",
      port: 0,
    });
    await expect(start).rejects.toThrow(/`host` is "0.0.0.0"; expected a loopback address.*LOAM_TOKEN/);
  });

  test("a taken port is told as such", async () => {
    const { library, store, platform } = server;
    const start = serve({
      library,
      store,
      platform,
      models: undefined as never,
      port: Number(new URL(server.url).port),
    });
    await expect(start).rejects.toMatchObject({ code: "unavailable", details: { errno: "EADDRINUSE" } });
  });
});

describe("with a token", () => {
  const token = "a-token-for-this-test";
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ token, host: "0.0.0.0" });
  });
  afterAll(() => server.end());

  test("the API is closed without it, and with another", async () => {
    for (const headers of [
      {},
      { authorization: "Bearer wrong" },
      { authorization: token },
      { cookie: `loam=${token}` },
    ]) {
      const response = await fetch(`${server.url}/api/documents`, { headers: headers as Record<string, string> });
      expect(response.status).toBe(401);
      expect((await response.json()).error).toMatchObject({ code: "unauthorized", type: "authentication_error" });
    }
    expect((await fetch(`${server.url}/v1/models`)).status).toBe(401);
  });

  test("it opens the API as a bearer", async () => {
    const response = await fetch(`${server.url}/api/documents`, { headers: { authorization: `Bearer ${token}` } });
    expect(response.status).toBe(200);
  });

  test("a login link gives a cookie once, and shows neither token nor code afterwards", async () => {
    const link = server.loginUrl();
    expect(link).not.toContain(token);
    const first = await fetch(link, { redirect: "manual" });
    expect([first.status, first.headers.get("location")]).toEqual([303, "/"]);
    const cookie = first.headers.get("set-cookie")!;
    expect(cookie).toMatch(/HttpOnly/);
    expect(cookie).toMatch(/SameSite=Strict/);
    expect(cookie).not.toContain(token);
    const session = { cookie: cookie.split(";")[0]! };
    expect((await fetch(`${server.url}/api/documents`, { headers: session })).status).toBe(200);
    const second = await fetch(link, { redirect: "manual" });
    expect(second.headers.get("set-cookie")).toBeNull();
  });

  test("the token can be typed in, and a wrong one gives no cookie", async () => {
    const logIn = (value: string) =>
      fetch(`${server.url}/api/session`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ token: value }),
      });
    const wrong = await logIn("guess");
    expect([wrong.status, wrong.headers.get("set-cookie")]).toEqual([401, null]);
    expect((await logIn(token)).headers.get("set-cookie")).toContain("HttpOnly");
    // Nobody guesses for long; programs that bring the token are let in as before.
    const guesses = await Promise.all(Array.from({ length: 12 }, (_, i) => logIn(`guess ${i}`)));
    expect(guesses.map(({ status }) => status).sort()).toEqual([...Array(9).fill(401), 429, 429, 429]);
    const refused = await logIn(token);
    expect([refused.status, await refused.json()]).toEqual([
      429,
      {
        error: expect.objectContaining({
          code: "too_many_attempts",
          hint: expect.stringMatching(/try again in \d+ s/),
        }),
      },
    ]);
    const open = await fetch(`${server.url}/api/documents`, { headers: { authorization: `Bearer ${token}` } });
    expect(open.status).toBe(200);
  });

  test("an address is answered on the network, a foreign name is not", async () => {
    const authorization = `Bearer ${token}`;
    const status = async (host: string) =>
      (await rawRequest(`${server.url}/api/health`, { headers: { host, authorization } })).status;
    expect(await status("192.168.1.7:4545")).toBe(200);
    expect(await status("evil.example")).toBe(403);
  });
});
