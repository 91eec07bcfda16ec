import { type ChildProcess, spawn } from "node:child_process";

export interface KeptProcessOptions {
  name: string;
  args: readonly string[];
  /** Finds in what it prints that it is ready; left out, it is ready once it runs. */
  ready?: (said: string) => string | undefined;
  onReady?: (what: string) => void;
  /** It has ended, asked to or not. */
  onEnd?: (how: string, lastWords: string) => void;
  /** Lines of its standard error output. */
  onLine?: (line: string) => void;
}

/** How long it may take to stop before it is killed; a worker gives back what it has in hand. */
const stopMs = 30_000;
/** The delay before a process that ended by itself is started again, and the longest; one that lived for long begins anew. */
const [firstDelayMs, longestDelayMs, longLifeMs] = [300, 10_000, 60_000];

/** A process of the command line that is started again whenever it ends. It ends with this one, however that ends. */
export class KeptProcess {
  readonly #options: KeptProcessOptions;
  #child: ChildProcess | undefined;
  #delayMs = firstDelayMs;
  #again: NodeJS.Timeout | undefined;
  #stopping = false;

  constructor(options: KeptProcessOptions) {
    this.#options = options;
  }

  get name(): string {
    return this.#options.name;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Resolves when it is ready for the first time. */
  start(): Promise<void> {
    return new Promise((resolve) => this.#run(resolve));
  }

  #run(onFirst: () => void): void {
    const { args, ready, onReady, onEnd, onLine } = this.#options;
    const begun = Date.now();
    // Through the channel it hears when this process is gone, also when that was killed.
    const child = spawn(process.execPath, [process.argv[1]!, ...args], { stdio: ["ignore", "pipe", "pipe", "ipc"] });
    this.#child = child;
    let said = "";
    let lastWords = "";
    let isReady = false;
    const tell = (what: string) => {
      isReady = true;
      onReady?.(what);
      onFirst();
    };
    child.stdout!.on("data", (part) => {
      if (isReady) return;
      said += part;
      const found = ready?.(said);
      if (found !== undefined) tell(found);
    });
    child.stderr!.setEncoding("utf8").on("data", (part: string) => {
      lastWords = (lastWords + part).slice(-2000);
      for (const line of part.split("\n")) if (line.trim() !== "") onLine?.(line);
    });
    if (!ready) child.once("spawn", () => tell(""));
    child.once("exit", (status, signal) => {
      onEnd?.(signal ?? `status ${status}`, lastWords.trim());
      if (this.#stopping) return;
      if (Date.now() - begun > longLifeMs) this.#delayMs = firstDelayMs;
      this.#again = setTimeout(() => this.#run(isReady ? () => {} : onFirst), this.#delayMs);
      this.#delayMs = Math.min(2 * this.#delayMs, longestDelayMs);
    });
  }

  /** Ends it in good order; past its time it is killed. */
  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#again);
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    const force = setTimeout(() => child.kill("SIGKILL"), stopMs);
    await ended;
    clearTimeout(force);
  }
}
