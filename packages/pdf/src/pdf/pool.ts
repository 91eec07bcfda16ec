import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { CancelledError } from "@loam/core";
import type { OpenTicket, TaskResults, WorkerFailure, WorkerResponse, WorkerTask } from "./protocol.ts";

/** A worker is replaced when PDFium's memory, which never shrinks, has grown past this. */
const recycleBytes = 384 * 2 ** 20;

/** What ended a task without a result. */
export class TaskFailure extends Error {
  readonly failure: WorkerFailure;
  constructor(failure: WorkerFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

/** Pages that share their neighbours, as a key. */
function stretchOf({ ticket, task }: Job): string {
  return `${ticket.key}:${"pageNumber" in task ? (task.pageNumber - 1) >> 3 : 0}`;
}

interface Job {
  id: number;
  ticket: OpenTicket;
  task: WorkerTask;
  timeoutMs: number;
  settle: { resolve: (result: TaskResults[keyof TaskResults]) => void; reject: (reason: unknown) => void };
}

interface Slot {
  worker: Worker;
  job?: Job;
  timer?: NodeJS.Timeout;
  documents: Set<number>;
  /** The page that PDFium is at, written by the worker. */
  current: Int32Array;
  /** The run of pages that the last task was in. */
  stretch?: string;
}

/**
 * Threads that run PDFium. Each takes one task at a time; one that loops past the task's time limit or crashes is
 * ended and replaced, and only its task fails. Idle threads do not keep the process alive.
 */
export class PdfiumPool {
  readonly #limit: number;
  readonly #slots = new Set<Slot>();
  readonly #waiting: Job[] = [];
  #nextId = 1;

  constructor({ threads = Math.max(1, Math.min(4, availableParallelism())) }: { threads?: number } = {}) {
    this.#limit = threads;
  }

  /** @throws {TaskFailure} when the file or page cannot be read, crashes PDFium, or takes longer than `timeoutMs`. */
  run<T extends WorkerTask>(
    ticket: OpenTicket,
    task: T,
    { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal },
  ): Promise<TaskResults[T["task"]]> {
    return new Promise((resolve, reject) => {
      const cancelled = () => new CancelledError(`PDF ${task.task}`, { cause: signal?.reason });
      if (signal?.aborted) return reject(cancelled());
      const job: Job = {
        id: this.#nextId++,
        ticket,
        task,
        timeoutMs,
        settle: {
          resolve: (result) => {
            signal?.removeEventListener("abort", abort);
            resolve(result as TaskResults[T["task"]]);
          },
          reject: (reason) => {
            signal?.removeEventListener("abort", abort);
            reject(reason);
          },
        },
      };
      const abort = () => {
        const at = this.#waiting.indexOf(job);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(cancelled());
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiting.push(job);
      this.#next();
    });
  }

  /** Lets every thread forget a file. */
  forget(ticket: OpenTicket): void {
    for (const slot of this.#slots) {
      if (slot.documents.delete(ticket.key))
        slot.worker.postMessage({ id: 0, document: { key: ticket.key }, task: "close" });
    }
  }

  #next(): void {
    while (this.#waiting.length > 0) {
      const idle = [...this.#slots].filter((slot) => !slot.job);
      const first = this.#waiting[0]!;
      const slot =
        idle.find(({ stretch }) => stretch === stretchOf(first)) ??
        (this.#slots.size < this.#limit ? this.#start() : idle[0]);
      if (!slot) return;
      this.#give(slot, this.#takeFor(slot));
    }
  }

  /** Neighbouring pages go to one thread, since a page is read with those around it. */
  #takeFor(slot: Slot): Job {
    const others = new Set([...this.#slots].filter((other) => other !== slot).map(({ stretch }) => stretch));
    const own = this.#waiting.findIndex((job) => stretchOf(job) === slot.stretch);
    const free = own >= 0 ? own : this.#waiting.findIndex((job) => !others.has(stretchOf(job)));
    return this.#waiting.splice(Math.max(0, free), 1)[0]!;
  }

  #give(slot: Slot, job: Job): void {
    slot.job = job;
    slot.stretch = stretchOf(job);
    slot.current[0] = 0;
    slot.documents.add(job.ticket.key);
    slot.worker.ref();
    slot.timer = setTimeout(() => {
      this.#end(slot, {
        code: "timeout",
        message: `PDFium took longer than ${job.timeoutMs / 1000} s and was stopped`,
        hint: "the file may be made to loop; repair it with `qpdf`, or raise `timeoutMs`",
      });
    }, job.timeoutMs);
    slot.worker.postMessage({ id: job.id, document: job.ticket, ...job.task });
  }

  #start(): Slot {
    // The same file runs from source and from dist/.
    const script = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
    const shared = new SharedArrayBuffer(4);
    const worker = new Worker(script, { workerData: shared, resourceLimits: { maxOldGenerationSizeMb: 768 } });
    const slot: Slot = { worker, documents: new Set(), current: new Int32Array(shared) };
    this.#slots.add(slot);
    worker.on("message", (response: WorkerResponse) => this.#answered(slot, response));
    worker.on("error", (error) => {
      this.#end(slot, {
        code: "pdfium_crash",
        message: `PDFium crashed on it (${error.message})`,
        hint: "the file is damaged; repair it with `qpdf`",
      });
    });
    worker.unref();
    return slot;
  }

  #answered(slot: Slot, response: WorkerResponse): void {
    if (slot.job?.id !== response.id) return; // the answer to a `close`
    const { settle } = slot.job;
    slot.job = undefined;
    clearTimeout(slot.timer);
    slot.worker.unref();
    if (response.memoryBytes > recycleBytes) this.#discard(slot);
    if ("failure" in response) settle.reject(new TaskFailure(response.failure));
    else settle.resolve(response.result);
    this.#next();
  }

  #end(slot: Slot, failure: WorkerFailure): void {
    this.#discard(slot);
    clearTimeout(slot.timer);
    slot.job?.settle.reject(new TaskFailure({ ...failure, pageNumber: slot.current[0] || undefined }));
    slot.job = undefined;
    this.#next();
  }

  #discard(slot: Slot): void {
    this.#slots.delete(slot);
    void slot.worker.terminate();
  }
}
