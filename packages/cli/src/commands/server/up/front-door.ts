import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { UnavailableError } from "@loam/core";

/** One address before several servers: each request goes to the one with the fewest in hand. */
export interface FrontDoor {
  readonly url: string;
  /** Sends requests to this server too. */
  add(url: string): void;
  /** Sends it no more. Resolves when those it has are answered, or after that time. */
  remove(url: string, options?: { withinMs?: number }): Promise<void>;
  close(): Promise<void>;
}

/** How long a request waits for a server to be there, as while the only one is replaced. */
const patienceMs = 30_000;

/** @throws {UnavailableError} when the port is taken. */
export async function openFrontDoor({ port, host = "127.0.0.1" }: { port: number; host?: string }): Promise<FrontDoor> {
  /** Requests in hand, by server. */
  const servers = new Map<string, Set<ServerResponse>>();
  const waiting = new Set<() => void>();
  let closed = false;

  /** The least busy server besides those that were tried; undefined when none comes in time. */
  async function choose(tried: ReadonlySet<string>): Promise<string | undefined> {
    for (const end = Date.now() + patienceMs; !closed; ) {
      const free = [...servers].filter(([url]) => !tried.has(url)).sort(([, a], [, b]) => a.size - b.size);
      if (free[0]) return free[0][0];
      const leftMs = end - Date.now();
      if (leftMs <= 0) return undefined;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(done, leftMs);
        function done() {
          clearTimeout(timer);
          waiting.delete(done);
          resolve();
        }
        waiting.add(done);
      });
      tried = new Set();
    }
    return undefined;
  }

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const tried = new Set<string>();
    for (;;) {
      const url = await choose(tried);
      if (url === undefined) return refuse(outgoing);
      const inHand = servers.get(url);
      inHand?.add(outgoing);
      const outcome = await pass(incoming, outgoing, url);
      inHand?.delete(outgoing);
      if (outcome === "answered") return;
      // Nobody was there and nothing was sent: another one may be asked.
      tried.add(url);
    }
  }

  const server = createServer({ requestTimeout: 0 }, (incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) =>
      reject(
        new UnavailableError("server", `cannot listen on ${host}:${port} (${cause.message}).`, {
          details: { errno: cause.code },
          hint: "another program uses the port, perhaps another Loam: stop it, or choose another with `--port`",
          cause,
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    add: (url) => {
      servers.set(url, new Set());
      for (const wake of [...waiting]) wake();
    },
    remove: async (url, { withinMs = 30_000 } = {}) => {
      const inHand = servers.get(url);
      servers.delete(url);
      for (const end = Date.now() + withinMs; inHand && inHand.size > 0 && Date.now() < end; )
        await new Promise((resolve) => setTimeout(resolve, 20));
    },
    close: async () => {
      closed = true;
      for (const wake of [...waiting]) wake();
      const ended = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      const force = setTimeout(() => server.closeAllConnections(), 3000);
      await ended;
      clearTimeout(force);
    },
  };
}

/** Passes a request on and its answer back. `unreached`: the server took no connection, and nothing was sent to it. */
function pass(incoming: IncomingMessage, outgoing: ServerResponse, url: string): Promise<"answered" | "unreached"> {
  return new Promise((resolve) => {
    let isReached = false;
    const onward = request(new URL(incoming.url ?? "/", url), {
      method: incoming.method,
      // The Host stays: who is asked, and what cookies are named after, is the one address.
      headers: incoming.rawHeaders,
      setHost: false,
      agent: false,
    });
    const gone = () => onward.destroy();
    outgoing.once("close", gone);
    onward.once("socket", (socket) =>
      socket.once("connect", () => {
        isReached = true;
        incoming.pipe(onward);
      }),
    );
    onward.once("response", (response) => {
      outgoing.writeHead(response.statusCode!, response.statusMessage, response.rawHeaders);
      response.pipe(outgoing);
      response.once("error", () => outgoing.destroy());
      outgoing.once("close", () => resolve("answered"));
    });
    onward.once("error", () => {
      if (!isReached && !outgoing.destroyed) {
        outgoing.off("close", gone);
        return resolve("unreached");
      }
      if (!outgoing.headersSent) refuse(outgoing);
      else outgoing.destroy();
      resolve("answered");
    });
  });
}

function refuse(outgoing: ServerResponse): void {
  const message = "No server is here to answer. Try again in a moment.";
  outgoing.writeHead(503, { "content-type": "application/json", "retry-after": "2", connection: "close" });
  outgoing.end(JSON.stringify({ error: { message, type: "server_error", param: null, code: "unavailable" } }));
}
