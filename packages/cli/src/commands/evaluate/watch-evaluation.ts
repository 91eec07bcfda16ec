import { existsSync, type FSWatcher, watch } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { LoamError } from "@loam/core";
import { compareSystems, type EvaluationRun, type EvaluationSpec, readEvaluationSpec } from "@loam/evaluation";
import { openWorkspace } from "../../command/workspace.ts";
import type { Io } from "../../terminal/io.ts";
import { comparisonTable, runNotes, runTable } from "../observe/show-run.ts";
import { evaluateWith } from "./evaluate-with.ts";

/** Editors write a file in several steps. */
const settleMs = 150;

/**
 * Runs an evaluation, and again whenever its file or a file that it names changes, until the signal fires. Each run is held
 * against the one before.
 */
export async function watchEvaluation(
  path: string,
  { failUnder, concurrency, home }: { failUnder: Record<string, number>; concurrency?: number; home?: string },
  io: Io,
): Promise<void> {
  await using workspace = await openWorkspace({ home, io });
  let before: EvaluationRun | undefined;
  let files = [resolve(path)];
  while (!io.signal.aborted) {
    const changes = new Changes(files);
    try {
      const spec = await readEvaluationSpec(path);
      files = filesOf(path, spec);
      changes.also(files);
      const { run } = await evaluateWith({ spec, failUnder, start: "continue", concurrency }, workspace, io);
      io.write(`${new Date().toTimeString().slice(0, 8)}\n${runTable(run)}\n${changed(before, run)}`);
      for (const note of runNotes(run)) io.note(note);
      before = run;
    } catch (error) {
      if (io.signal.aborted || !(error instanceof LoamError)) throw error;
      io.note(error.message); // a file that is being written; the next change tries again
    }
    io.note(`Watching ${files.length} files; Ctrl-C ends.`);
    await changes.next(io.signal);
    changes.close();
  }
}

/** What the run before and this one differ in, for each system that both have. */
function changed(before: EvaluationRun | undefined, now: EvaluationRun): string {
  if (!before) return "";
  const ids = new Set(before.dataset.rows.map(({ id }) => id));
  if (!now.dataset.rows.some(({ id }) => ids.has(id))) return "";
  return now.systems
    .filter(({ system }) => before.systems.some((one) => one.system === system))
    .map(({ system }) => {
      const compared = compareSystems({ run: now, system }, { run: before, system });
      const moved = compared.filter(({ wins, losses }) => wins + losses > 0);
      return moved.length === 0 ? "" : `\n${system}\n${comparisonTable(moved, ["now", "before"])}\n`;
    })
    .join("");
}

/** The evaluation, its rows and predictions, and the programs that its commands name. */
function filesOf(path: string, { dataset, systems, folder = "." }: EvaluationSpec): string[] {
  const named = systems.flatMap(({ predictions, command }) => [
    ...(predictions === undefined ? [] : [predictions]),
    ...[command ?? []]
      .flat()
      .flatMap((part) => part.split(/\s+/))
      .map((part) => resolve(folder, part))
      .filter((file) => existsSync(file)),
  ]);
  return [...new Set([resolve(path), ...(dataset.path === undefined ? [] : [dataset.path]), ...named])];
}

/** Notices changes from its making on, so that none during a run is missed. Folders are watched: editors replace files. */
class Changes {
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #files = new Set<string>();
  #changed = Promise.withResolvers<void>();

  constructor(files: readonly string[]) {
    this.also(files);
  }

  also(files: readonly string[]): void {
    for (const file of files) {
      this.#files.add(file);
      const folder = dirname(file);
      if (this.#watchers.has(folder)) continue;
      this.#watchers.set(
        folder,
        watch(folder, (_, name) => {
          if (name !== null && this.#files.has(resolve(folder, basename(name)))) this.#changed.resolve();
        }),
      );
    }
  }

  async next(signal: AbortSignal): Promise<void> {
    const stop = () => this.#changed.resolve();
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    await this.#changed.promise;
    signal.removeEventListener("abort", stop);
    if (!signal.aborted) await new Promise((done) => setTimeout(done, settleMs));
  }

  close(): void {
    for (const watcher of this.#watchers.values()) watcher.close();
  }
}
