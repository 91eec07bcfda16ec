import { chmodSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import type { EmbeddedDatabase } from "../database/thread/threaded-pglite.ts";
import { fatal } from "./wire-messages.ts";
import { runSession, type ServedDatabase } from "./wire-session.ts";

export interface WireServer {
  /** Hands it the database it serves; callers that came earlier have waited for it. */
  serve(database: EmbeddedDatabase): Promise<void>;
  /** Ends every session, rolling back what is open, and stops listening. */
  close(): Promise<void>;
}

/**
 * Serves an embedded database to other processes on a Unix socket, in PostgreSQL's own protocol.
 *
 * The database has one session for everybody, so a caller has it to itself from the first message of a statement
 * until it is idle again, outside of a transaction: neither other callers nor this process's own statements come in
 * between. A caller that goes away has its transaction rolled back; one that leaves a transaction lying for
 * `idleInTransactionMs` is cut off, since everybody waits for it.
 */
export async function listenOnSocket(path: string, { idleInTransactionMs = 60_000 } = {}): Promise<WireServer> {
  const { promise: served, resolve, reject } = Promise.withResolvers<ServedDatabase>();
  served.catch(() => {});
  const sessions = new Map<Socket, Promise<void>>();
  let count = 0;
  const server = createServer((socket) => {
    socket.on("error", () => {}); // a caller that went away; its session sees the stream end
    socket.unref();
    const session = runSession(socket, { served, prefix: `s${++count}_`, idleInTransactionMs });
    sessions.set(socket, session);
    session.finally(() => sessions.delete(socket));
  });
  await new Promise<void>((listening, failed) => server.once("error", failed).listen(path, listening));
  chmodSync(path, 0o600);
  server.unref();
  return {
    serve: async (pglite) => resolve({ pglite, settings: await readSettings(pglite) }),
    close: async () => {
      reject(new Error("closed before the database was opened"));
      const closed = new Promise<void>((done) => server.close(() => done()));
      for (const socket of sessions.keys()) {
        socket.end(fatal("57P01", "the process that holds the database has closed it"), () => socket.destroy());
        setTimeout(() => socket.destroy(), 1000).unref(); // it reads no more
      }
      await Promise.allSettled(sessions.values());
      await closed;
    },
  };
}

/** The settings a server reports to a client that starts. */
async function readSettings(pglite: EmbeddedDatabase): Promise<Record<string, string>> {
  const { rows } = await pglite.query<{ name: string; setting: string }>(
    `select name, setting from pg_settings where name in ('server_version', 'server_encoding', 'client_encoding',
      'DateStyle', 'IntervalStyle', 'TimeZone', 'integer_datetimes', 'standard_conforming_strings')`,
  );
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]));
}
