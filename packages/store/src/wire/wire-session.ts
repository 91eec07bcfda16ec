import type { Socket } from "node:net";
import type { EmbeddedDatabase } from "../database/thread/threaded-pglite.ts";
import {
  closeStatement,
  endsIdle,
  fatal,
  greeting,
  prefixStatement,
  query,
  readFrames,
  SYNC,
} from "./wire-messages.ts";

export interface ServedDatabase {
  pglite: EmbeddedDatabase;
  /** What a client is told when it starts. */
  settings: Record<string, string>;
}

/** Messages after which the answers so far are due: Query, Sync, Flush. The ones before are kept until then. */
const BATCH_ENDS = new Set(["Q", "S", "H"]);

/** Answers one caller until it goes away; never rejects. */
export async function runSession(
  socket: Socket,
  {
    served,
    prefix,
    idleInTransactionMs,
  }: { served: Promise<ServedDatabase>; prefix: string; idleInTransactionMs: number },
): Promise<void> {
  const prepared = new Set<string>();
  let batch: Buffer[] = [];
  let turn: Turn | undefined;
  let patience: NodeJS.Timeout | undefined;
  try {
    for await (const frame of readFrames(socket)) {
      clearTimeout(patience);
      if (frame.kind === "encryption") socket.write("N");
      else if (frame.kind === "startup") socket.write(greeting((await served).settings));
      else if (frame.kind !== "message" || frame.type === "X") return;
      else {
        const { bytes, name } = prefixStatement(frame.type, frame.bytes, prefix);
        if (name && frame.type === "P") prepared.add(name);
        batch.push(bytes);
        if (!BATCH_ENDS.has(frame.type)) continue;
        turn ??= await takeTurn((await served).pglite);
        if (socket.destroyed) return;
        const answer = await turn.run(Buffer.concat(batch));
        batch = [];
        if (endsIdle(answer)) turn = turn.end();
        else patience = setTimeout(() => cutOff(socket, idleInTransactionMs), idleInTransactionMs);
        if (!socket.write(answer)) await drained(socket);
      }
    }
  } catch {
    // The stream broke or the database is closing: either way the caller sees its connection end.
  } finally {
    clearTimeout(patience);
    socket.destroy();
    await leave({ turn, prepared, served }).catch(() => {});
  }
}

/** Rolls back what the caller left open and forgets its statements. */
async function leave({
  turn,
  prepared,
  served,
}: {
  turn: Turn | undefined;
  prepared: Set<string>;
  served: Promise<ServedDatabase>;
}): Promise<void> {
  if (!turn && prepared.size === 0) return;
  const last = turn ?? (await takeTurn((await served).pglite));
  try {
    await last.run(Buffer.concat([SYNC, query("rollback")]));
    if (prepared.size > 0) await last.run(Buffer.concat([...[...prepared].map(closeStatement), SYNC]));
  } finally {
    last.end();
  }
}

/** The use of the database for one caller alone. */
interface Turn {
  run(messages: Uint8Array): Promise<Buffer>;
  end(): undefined;
}

/** Waits until nobody is in a transaction, and holds everybody else off: EmbeddedDatabase's own statements wait on this too. */
async function takeTurn(pglite: EmbeddedDatabase): Promise<Turn> {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  await new Promise<void>((begun, failed) => {
    pglite
      ._runExclusiveTransaction(async () => {
        begun();
        await ended;
      })
      .catch(failed);
  });
  return {
    // The answer is copied: EmbeddedDatabase uses its buffer again.
    run: async (messages) => Buffer.from(await pglite.runExclusive(() => pglite.execProtocolRaw(messages))),
    end: () => void end(),
  };
}

function cutOff(socket: Socket, idleMs: number): void {
  const text = `a transaction was left idle for ${idleMs / 1000} s while others waited for it; it was rolled back`;
  socket.end(fatal("25P03", text), () => socket.destroy());
}

async function drained(socket: Socket): Promise<void> {
  await new Promise<void>((resolve) => {
    socket.once("drain", resolve);
    socket.once("close", resolve);
  });
}
