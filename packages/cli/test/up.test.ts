import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { type FrontDoor, openFrontDoor } from "../src/commands/server/up/front-door.ts";
import { bin, loamEnvironment } from "./run-loam.ts";

vi.setConfig({ testTimeout: 400_000 });

describe("the front door", () => {
  let door: FrontDoor;
  const servers: Server[] = [];
  const open = async (answer: RequestListener) => {
    const server = createServer(answer).listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const echo: RequestListener = async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    response.writeHead(201, { "set-cookie": ["a=1", "b=2"], "x-host": request.headers.host });
    response.end(`${request.method} ${request.url} ${Buffer.concat(parts).length}`);
  };
  beforeAll(async () => {
    door = await openFrontDoor({ port: 0 });
  });
  afterAll(async () => {
    await door.close();
    for (const server of servers) server.close();
  });

  test("passes method, path, body, host and repeated headers on, and waits for a server to be there", async () => {
    const asked = fetch(`${door.url}/a/b?c=%2F`, { method: "POST", body: new Uint8Array(3_000_000) });
    door.add(await open(echo));
    const response = await asked;
    expect([response.status, await response.text()]).toEqual([201, "POST /a/b?c=%2F 3000000"]);
    expect(response.headers.getSetCookie()).toEqual(["a=1", "b=2"]);
    expect(response.headers.get("x-host")).toBe(new URL(door.url).host);
  });

  test("asks another where nobody takes the connection, and answers 503 where one dies with the request in hand", async () => {
    const gone = await open(() => {});
    servers.at(-1)!.close();
    door.add(gone); // the least busy, as the other one
    for (let i = 0; i < 4; i++) expect((await fetch(`${door.url}/`, { method: "POST", body: "x" })).status).toBe(201);
    await door.remove(gone);
    const dies = await open((request) => request.socket.destroy());
    door.add(dies);
    const answers = await Promise.all([1, 2].map(() => fetch(`${door.url}/`)));
    const died = answers.find(({ status }) => status === 503)!;
    expect([died.headers.get("retry-after"), (await died.json()).error.code]).toEqual(["2", "unavailable"]);
    await door.remove(dies);
  });

  test("a server that is removed answers what it has in hand, and gets no more", async () => {
    let finish = () => {};
    const slow = await open((request, response) => {
      response.write("begun ");
      finish = () => response.end(`and ended ${request.url}`);
    });
    const other = await openFrontDoor({ port: 0 });
    other.add(slow);
    const response = await fetch(`${other.url}/first`);
    const removed = other.remove(slow);
    let isRemoved = false;
    void removed.then(() => (isRemoved = true));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(isRemoved).toBe(false);
    finish();
    expect(await response.text()).toBe("begun and ended /first");
    await removed;
    await other.close();
  });
});

test("up: what is killed comes back, SIGHUP replaces all without a refused request, and the end is the end of all", async () => {
  const home = await mkdtemp(join(tmpdir(), "loam-up-"));
  const args = ["up", "--servers", "2", "--workers", "0", "--port", "0", "--json"];
  const up = spawn(process.execPath, [bin, ...args], {
    env: { ...loamEnvironment(home), LOAM_HOME: join(home, "library") },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const heard = { out: "", err: "" };
  up.stdout.on("data", (part) => (heard.out += part));
  up.stderr.on("data", (part) => (heard.err += part));
  const children = () => {
    const lines = execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(up.pid)], { encoding: "utf8" }).split("\n");
    return lines.flatMap((line) => {
      const [, pid, what] = /^\s*(\d+) .* (serve|worker)\b/.exec(line) ?? [];
      return pid ? [{ pid: Number(pid), what: what! }] : [];
    });
  };
  try {
    await expect.poll(() => heard.out, { timeout: 180_000 }).toContain("url");
    const { url } = JSON.parse(heard.out);
    const before = children();
    expect(before.map(({ what }) => what).sort()).toEqual(["serve", "serve"]);

    const killed = before.find(({ what }) => what === "serve")!;
    process.kill(killed.pid, "SIGKILL");
    expect((await fetch(`${url}/api/health`)).status).toBe(200); // the other one, at once
    await expect.poll(() => children().length, { timeout: 60_000 }).toBe(2);

    let asking = true;
    const statuses = new Map<number, number>();
    const asks = (async () => {
      while (asking) {
        const { status } = await fetch(`${url}/api/documents`);
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    })();
    const old = children().map(({ pid }) => pid);
    up.kill("SIGHUP");
    const isReplaced = () => children().length === 2 && children().every(({ pid }) => !old.includes(pid));
    await expect.poll(isReplaced, { timeout: 240_000, interval: 200 }).toBe(true);
    asking = false;
    await asks;
    expect([...statuses.keys()]).toEqual([200]);

    const pids = children().map(({ pid }) => pid);
    up.kill("SIGKILL"); // the hardest end: nobody is told anything
    const isAlive = (pid: number) => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    await expect.poll(() => pids.filter(isAlive), { timeout: 60_000, interval: 200 }).toEqual([]);
  } finally {
    await end(up);
    await rm(home, { recursive: true, force: true });
  }
});

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}
