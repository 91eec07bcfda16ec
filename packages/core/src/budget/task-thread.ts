import { Worker } from "node:worker_threads";
import { LoamError } from "../errors/errors.ts";

/** What goes wrong in a task, as it comes over from its thread. */
interface SentError {
  code?: string;
  message: string;
  details?: Record<string, unknown>;
  status?: number;
  exitCode?: number;
}

type Reply = { result: unknown } | { error: SentError };

/** The thread has run out of memory. */
export class OutOfMemory extends Error {}

const idleMs = 30_000;
const idle = new Map<string, TaskThread[]>();

/** A thread that runs tasks of one module, one at a time. */
export class TaskThread {
  readonly #key: string;
  readonly #worker: Worker;
  readonly #memoryMiB: number;
  #retire: NodeJS.Timeout | undefined;

  private constructor(key: string, module: URL, memoryMiB: number) {
    this.#key = key;
    this.#memoryMiB = memoryMiB;
    this.#worker = new Worker(threadFile, {
      workerData: { module: module.href },
      resourceLimits: { maxOldGenerationSizeMb: 2 * memoryMiB + 256, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 },
      execArgv: [],
      env: {},
    });
  }

  /** One that has nothing to do, or a new one: starting one and loading its module takes a while. */
  static take(module: URL, memoryMiB: number): TaskThread {
    const key = `${memoryMiB} ${module.href}`;
    const thread = idle.get(key)?.pop() ?? new TaskThread(key, module, memoryMiB);
    clearTimeout(thread.#retire);
    thread.#worker.ref();
    return thread;
  }

  /** Runs one task. @throws {OutOfMemory} or what the task threw. */
  run<Result>(name: string, input: unknown): Promise<Result> {
    const worker = this.#worker;
    return new Promise<Result>((resolve, reject) => {
      const onMessage = (reply: Reply) => {
        release();
        if ("result" in reply) resolve(reply.result as Result);
        else reject(received(reply.error));
      };
      const onError = (error: NodeJS.ErrnoException) => {
        release();
        reject(error.code === "ERR_WORKER_OUT_OF_MEMORY" ? new OutOfMemory() : error);
      };
      const onExit = (code: number) => {
        release();
        reject(new Error(`the thread of ${name} ended with ${code} before it answered`));
      };
      // Both are watched from here: array buffers do not count as heap, and V8 ends the whole process when a thread's heap
      // grows faster past its limit than the thread can be stopped. That limit lies far off, for what one call allocates.
      const look = async () => {
        const { used_heap_size: heap, external_memory: buffers } = await worker
          .getHeapStatistics()
          .catch(() => ({ used_heap_size: 0, external_memory: 0 })); // it is just starting
        if (Math.max(heap, buffers) >= this.#memoryMiB * 2 ** 20) {
          release();
          reject(new OutOfMemory());
        } else if (watch) watch = setTimeout(look, 25);
      };
      let watch: NodeJS.Timeout | undefined = setTimeout(look, 25);
      const release = () => {
        clearTimeout(watch);
        watch = undefined;
        worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      };
      worker.on("message", onMessage).on("error", onError).on("exit", onExit);
      worker.postMessage({ name, input });
    });
  }

  /** Keeps the thread for the next task of its module, for a while. */
  keep(): void {
    const others = idle.get(this.#key) ?? [];
    idle.set(this.#key, [...others, this]);
    this.#worker.unref();
    this.#retire = setTimeout(() => {
      idle.set(
        this.#key,
        (idle.get(this.#key) ?? []).filter((other) => other !== this),
      );
      this.end();
    }, idleMs).unref();
  }

  end(): void {
    this.#worker.on("error", () => {}); // what its task dies of is nobody's concern any more
    void this.#worker.terminate();
  }
}

// Beside this file as TypeScript in the repository and as JavaScript when published.
const threadFile = new URL(`./budget.worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);

function received({ code, message, details, status, exitCode }: SentError): Error {
  if (code === undefined) return new Error(message);
  return new LoamError(code, message, { details, status, exitCode: exitCode as 1 });
}
