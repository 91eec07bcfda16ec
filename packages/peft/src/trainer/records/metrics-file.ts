import { existsSync } from "node:fs";
import { appendFile, mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { writing } from "../../disk/disk-errors.ts";
import type { RunRecorder } from "./recorder.ts";

/** Numbers of a run as JSON lines `{"step", …}`, so that they outlive the process. */
export class MetricsFile implements RunRecorder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  async metrics(step: number, values: Readonly<Record<string, number>>): Promise<void> {
    await writing(this.path, { what: "the metrics of the run" }, async () => {
      await mkdir(dirname(this.path), { recursive: true });
      await appendFile(this.path, `${JSON.stringify({ step, ...values })}\n`);
    });
  }

  /** Every line written so far; a last line that was cut off does not count. */
  async read(): Promise<({ step: number } & Record<string, number>)[]> {
    if (!existsSync(this.path)) return [];
    return (await readFile(this.path, "utf8")).split("\n").flatMap((line) => {
      try {
        return line === "" ? [] : [JSON.parse(line)];
      } catch {
        return [];
      }
    });
  }

  /** Forgets what a resumed run is going to do again. */
  async forget(isDoneAgain: (line: { step: number } & Record<string, number>) => boolean): Promise<void> {
    const kept = (await this.read()).filter((line) => !isDoneAgain(line));
    await mkdir(dirname(this.path), { recursive: true });
    await writeFile(`${this.path}.part`, kept.map((line) => `${JSON.stringify(line)}\n`).join(""));
    await rename(`${this.path}.part`, this.path);
  }
}
