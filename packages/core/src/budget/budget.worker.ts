import { parentPort, workerData } from "node:worker_threads";
import { LoamError } from "../errors/errors.ts";

/** The thread of `withinBudget`: runs tasks of one module, one after the other. */
const { module } = workerData as { module: string };

parentPort!.on("message", async ({ name, input }: { name: string; input: unknown }) => {
  try {
    const { [name]: task } = (await import(module)) as Record<string, (input: unknown) => unknown>;
    parentPort!.postMessage({ result: await task!(input) });
  } catch (error) {
    parentPort!.postMessage({ error: sent(error) });
  }
});

function sent(error: unknown) {
  if (error instanceof LoamError) {
    const { code, message, details, status, exitCode } = error;
    return { code, message, details, status, exitCode };
  }
  return { message: error instanceof Error ? error.message : String(error) };
}
