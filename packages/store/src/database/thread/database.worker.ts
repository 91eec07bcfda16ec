import { parentPort, workerData } from "node:worker_threads";
import { openFolder } from "./durable-folder.ts";
import { type Answered, type Asked, OPENED, type ThreadStart } from "./messages.ts";

const { folder, durability } = workerData as ThreadStart;

function answer(reply: Answered): void {
  const bytes = "bytes" in reply ? reply.bytes : undefined;
  parentPort!.postMessage(reply, bytes ? [bytes.buffer as ArrayBuffer] : []);
}

const failed = (id: number, error: unknown) => answer({ id, failed: { message: String((error as Error).message) } });

async function serve(): Promise<void> {
  const pglite = await openFolder(folder, durability);
  // One at a time and in order: the database answers while the call lasts.
  parentPort!.on("message", (asked: Asked) => {
    if ("close" in asked) {
      pglite.close().then(
        () => answer({ id: asked.id }),
        (error) => failed(asked.id, error),
      );
      return;
    }
    try {
      answer({ id: asked.id, bytes: pglite.execProtocolRawSync(asked.bytes) });
    } catch (error) {
      failed(asked.id, error);
    }
  });
  answer({ id: OPENED });
}

await serve().catch((error) => failed(OPENED, error));
