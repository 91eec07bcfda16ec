/**
 * One step of a long job. `done` and `total` count the same unit; `total` is undefined while it is unknown.
 */
export interface ProgressEvent {
  /** What is being worked on: `ingest`, `download`, `train`. */
  task: string;
  /** The thing itself: a file name, a model id. */
  label?: string;
  /** What is counted: `page`, `byte`, `step`. */
  unit: string;
  done: number;
  total?: number;
  /** Milliseconds until `done` reaches `total` at the pace of the recent past; undefined while it cannot be told. */
  etaMs?: number;
  message?: string;
}

export type OnProgress = (event: ProgressEvent) => void;

/**
 * Counts steps and reports each with an ETA. The pace is an exponential moving average, so that a resumed
 * job (`done` given at the start) is not judged by work it did not do.
 */
export class ProgressMeter {
  readonly #report: OnProgress;
  readonly #now: () => number;
  readonly #base: Omit<ProgressEvent, "done" | "etaMs" | "message">;
  #done: number;
  #last: number;
  #msPerUnit: number | undefined;

  constructor(
    report: OnProgress | undefined,
    {
      task,
      label,
      unit,
      total,
      done = 0,
      now = () => performance.now(),
    }: {
      task: string;
      label?: string;
      unit: string;
      total?: number;
      done?: number;
      now?: () => number;
    },
  ) {
    this.#report = report ?? (() => {});
    this.#now = now;
    this.#base = { task, label, unit, total };
    this.#done = done;
    this.#last = now();
  }

  get done(): number {
    return this.#done;
  }

  /** Adds `units` finished units and reports. */
  advance(units = 1, message?: string): void {
    const now = this.#now();
    if (units > 0) {
      const pace = (now - this.#last) / units;
      this.#msPerUnit = this.#msPerUnit === undefined ? pace : 0.8 * this.#msPerUnit + 0.2 * pace;
    }
    this.#last = now;
    this.#done += units;
    const { total } = this.#base;
    const etaMs =
      total === undefined || this.#msPerUnit === undefined
        ? undefined
        : Math.max(0, (total - this.#done) * this.#msPerUnit);
    this.#report({ ...this.#base, done: this.#done, etaMs, message });
  }
}
