import { type ChildProcess, spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { CancelledError, LoamError, type OnProgress, UnavailableError } from "@loam/core";
import { value } from "@loam/graph";
import { writing } from "../../disk/disk-errors.ts";
import type { AdapterConfig } from "../../layers/method.ts";
import { mapTensors } from "../../numbers/tensor-value.ts";
import type { Recipe } from "../recipe/recipe.ts";
import type { GradientSource, Params } from "../steps/gradients.ts";
import { type CpuSlice, cpuSlices } from "./cpu-slices.ts";
import { type FromWorker, gradsFd, paramsFd, type ToWorker } from "./messages.ts";
import { openNamelessFile, TensorExchange } from "./tensor-exchange.ts";

type Shapes = Readonly<Record<string, { shape: readonly number[] }>>;

/**
 * Processes that compute gradients side by side. Each maps the base's files itself, so that their pages are in memory once;
 * parameters and gradients cross through files without a name (see {@link TensorExchange}). Update, checkpoints, evaluation
 * and what a method does between steps happen once, in the process that owns the pool.
 */
export class WorkerPool {
  readonly #workers: readonly Worker[];
  readonly #onProgress: OnProgress | undefined;
  readonly #params: ReturnType<typeof openNamelessFile>;

  private constructor(
    workers: readonly Worker[],
    params: ReturnType<typeof openNamelessFile>,
    onProgress: OnProgress | undefined,
  ) {
    this.#workers = workers;
    this.#params = params;
    this.#onProgress = onProgress;
  }

  /** Starts the workers of a recipe; each opens the base model. @throws what opening it throws. */
  static async open(
    recipe: Recipe,
    {
      adapterBytes = 0,
      onProgress,
      signal,
    }: {
      /** Of the parameters, as float32. */ adapterBytes?: number;
      onProgress?: OnProgress;
      signal?: AbortSignal;
    } = {},
  ): Promise<WorkerPool> {
    const roomBytes = adapterBytes * (recipe.workers + 1);
    const params = openNamelessFile({ roomBytes });
    const slices = cpuSlices(recipe.workers, { threads: recipe.threads });
    const workers = slices.map((slice, rank) => new Worker(rank, recipe, slice, { paramsFd: params.fd, roomBytes }));
    const pool = new WorkerPool(workers, params, onProgress);
    try {
      await pool.#all({ signal, what: "the start" }, (worker) =>
        worker.ask({ kind: "open", recipe, threads: worker.slice.threads }, "the start"),
      );
    } catch (error) {
      await pool.close();
      throw error;
    }
    return pool;
  }

  /** Process ids, by rank. */
  get pids(): number[] {
    return this.#workers.map(({ pid }) => pid);
  }

  /** A gradient graph in every worker. Closing it leaves the workers there for the next. */
  async compile(config: AdapterConfig, shapes: Shapes, isFrozen: (key: string) => boolean): Promise<GradientSource> {
    const trained = Object.fromEntries(Object.entries(shapes).filter(([key]) => !isFrozen(key)));
    const plain = (of: Shapes) => mapTensors(of, ({ shape }) => ({ shape: [...shape] }));
    const message = { kind: "compile" as const, config, shapes: plain(shapes), gradShapes: plain(trained) };
    const what = "compiling the training step";
    await this.#all({ what }, (worker) => worker.ask(message, what));
    const paramExchange = new TensorExchange(this.#params.fd, shapes);
    const exchanges = this.#workers.map(({ gradsFd }) => new TensorExchange(gradsFd, trained));
    return {
      sum: async (params, micro, { signal, what = "a step" } = {}) => {
        const { sizeBytes } = paramExchange;
        await writing(tmpdir(), { what: "parameters for the workers", sizeBytes }, () => paramExchange.write(params));
        const shares = shareOut(micro, this.#workers.length);
        const busy = this.#workers.filter((_, rank) => shares[rank]!.length > 0);
        const answers = await this.#all(
          { signal, what },
          (worker) => {
            const share = shares[worker.rank]!;
            return worker.ask({ kind: "gradients", micro: share }, what, (done) =>
              this.#onProgress?.({
                task: "worker",
                label: `worker ${worker.rank + 1} of ${this.#workers.length}`,
                unit: "micro-batch",
                done,
                total: share.length,
                message: what,
              }),
            );
          },
          busy,
        );
        const loss = answers.reduce((sum, answer) => sum + (answer as { loss: number }).loss, 0);
        return { loss, grads: addAll(busy.map(({ rank }) => exchanges[rank]!.read())) };
      },
      close: async () => {},
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop()));
    this.#params.close();
  }

  /** Asks workers at once. When one fails, or at a cancellation, the others are ended too, in the midst of their work. */
  async #all(
    { signal, what }: { signal?: AbortSignal; what: string },
    ask: (worker: Worker) => Promise<FromWorker>,
    workers: readonly Worker[] = this.#workers,
  ): Promise<FromWorker[]> {
    const answers = Promise.all(workers.map(ask));
    if (!signal) return this.#orEnd(answers);
    let onAbort: (() => void) | undefined;
    const aborted = new Promise<never>((_, reject) => {
      onAbort = () => reject(new CancelledError(`Training (${what})`, { cause: signal.reason }));
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
    });
    answers.catch(() => {});
    try {
      return await this.#orEnd(Promise.race([answers, aborted]));
    } finally {
      signal.removeEventListener("abort", onAbort!);
    }
  }

  async #orEnd<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      for (const worker of this.#workers) void worker.stop();
      throw error;
    }
  }
}

/** Micro-batches in runs of neighbours, the first workers taking one more where they do not come out even. */
export function shareOut<T>(items: readonly T[], workers: number): T[][] {
  const [each, more] = [Math.floor(items.length / workers), items.length % workers];
  let at = 0;
  return Array.from({ length: workers }, (_, rank) => items.slice(at, (at += each + (rank < more ? 1 : 0))));
}

/** Sums tensor by tensor, in the order of the ranks, so that a run repeated gives the same bits. */
function addAll([first, ...others]: readonly Params[]): Params {
  return mapTensors(first!, ({ data, dims }, key) => {
    const sum = (data as Float32Array).slice();
    for (const other of others) {
      const more = other[key]!.data as Float32Array;
      for (let i = 0; i < sum.length; i++) sum[i]! += more[i]!;
    }
    return value(sum, dims);
  });
}

/** One process. */
class Worker {
  readonly rank: number;
  readonly slice: CpuSlice;
  readonly gradsFd: number;
  readonly #grads: ReturnType<typeof openNamelessFile>;
  readonly #process: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #count: number;
  #stopping = false;
  #gone: string | undefined;
  #pending:
    | { what: string; resolve: (x: FromWorker) => void; reject: (e: Error) => void; onDone?: (done: number) => void }
    | undefined;

  constructor(rank: number, recipe: Recipe, slice: CpuSlice, exchange: { paramsFd: number; roomBytes: number }) {
    this.rank = rank;
    this.slice = slice;
    this.#count = recipe.workers;
    this.#grads = openNamelessFile(exchange);
    this.gradsFd = this.#grads.fd;
    const script = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
    const node = [process.execPath, fileURLToPath(script)];
    const pinned = slice.cpus === undefined ? [] : ["taskset", "--cpu-list", slice.cpus];
    const [program, ...args] = [...pinned, ...node] as [string, ...string[]];
    const stdio: (number | "ignore" | "inherit" | "ipc")[] = ["ignore", "inherit", "inherit", "ipc"];
    stdio[paramsFd] = exchange.paramsFd;
    stdio[gradsFd] = this.gradsFd;
    this.#process = spawn(program, args, { stdio, serialization: "advanced", env: this.#environment(recipe) });
    this.#exited = new Promise((resolve) => {
      const end = (how: string) => {
        this.#gone ??= how;
        this.#pending?.reject(this.#lost(this.#pending.what));
        this.#pending = undefined;
        resolve();
      };
      this.#process.on("error", (error) => end(`could not be started (${error.message})`));
      this.#process.on("exit", (code, signal) => end(signal ? `was ended by ${signal}` : `ended with code ${code}`));
    });
    this.#process.on("message", (message: FromWorker) => this.#hear(message));
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  ask(message: ToWorker, what: string, onDone?: (done: number) => void): Promise<FromWorker> {
    return new Promise((resolve, reject) => {
      if (this.#gone !== undefined) return reject(this.#lost(what));
      this.#pending = { what, resolve, reject, onDone };
      this.#process.send(message, (error) => {
        if (error && this.#gone === undefined) reject(error);
      });
    });
  }

  async stop(): Promise<void> {
    if (!this.#stopping) {
      this.#stopping = true;
      this.#process.kill("SIGKILL");
      await this.#exited;
      this.#grads.close();
    }
    await this.#exited;
  }

  #hear(message: FromWorker): void {
    const pending = this.#pending;
    if (message.kind === "progress") {
      pending?.onDone?.(message.done);
      return;
    }
    this.#pending = undefined;
    if (message.kind === "error") {
      const { code, details } = message;
      pending?.reject(new LoamError(code, message.message, { details: { ...details, worker: this.rank } }));
    } else pending?.resolve(message);
  }

  #lost(what: string): UnavailableError {
    const { rank, pid } = this;
    return new UnavailableError(
      `worker ${rank + 1} of ${this.#count}`,
      `process ${pid} ${this.#gone} during ${what}.`,
      {
        details: { worker: rank, pid, during: what },
        hint: "SIGKILL often means that memory ran out: take fewer `workers`, a smaller `batch_size` or `gradient_checkpointing: true`. Started again, the run goes on from its last checkpoint",
      },
    );
  }

  /** Every worker sees one GPU. */
  #environment({ device }: Recipe): NodeJS.ProcessEnv {
    if (device !== "cuda") return process.env;
    const visible = process.env.CUDA_VISIBLE_DEVICES?.split(",").filter(Boolean);
    return { ...process.env, CUDA_VISIBLE_DEVICES: visible?.[this.rank] ?? String(this.rank) };
  }
}
