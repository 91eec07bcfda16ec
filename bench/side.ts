import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";

/** A process that says something about itself when it is ready, then answers each line with a line of JSON. */
export class Side<Sample> {
  readonly samples: Sample[] = [];
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(command: string, args: readonly string[]) {
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async line<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("a side ended before its answer");
    return JSON.parse(value) as T;
  }

  async step(): Promise<Sample> {
    this.#child.stdin!.write("step\n");
    const sample = await this.line<Sample>();
    this.samples.push(sample);
    return sample;
  }

  end(): void {
    this.#child.stdin!.end();
  }
}

const python = "/usr/bin/python3";

/** The Python of the system where it has PyTorch. */
export const pythonWithTorch: string | undefined =
  existsSync(python) && spawnSync(python, ["-c", "import numpy, torch"]).status === 0 ? python : undefined;
