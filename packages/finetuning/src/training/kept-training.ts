import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { checkIn, checkOut, forgetKept, isShared, type KeptPlace, keptFolder, type Store } from "@loam/store";

/** How often it is looked whether there is a new checkpoint. */
const lookMs = 2000;

/** Where the newest checkpoint of a training with this output is kept. */
export const trainingPlace = ({ home }: Store, output: string): KeptPlace => ({
  kind: "training",
  name: relative(home, output),
});

/** Whether the checkpoints of a training with this output are kept somewhere. */
export async function isKeptTraining(store: Store, output: string): Promise<boolean> {
  return (await keptFolder(store, trainingPlace(store, output))) !== undefined;
}

/** The training with this output has come to its end or is of no use any more. */
export async function forgetTraining(store: Store, output: string): Promise<void> {
  await forgetKept(store, trainingPlace(store, output));
}

/**
 * Keeps the newest checkpoint of a training below the home, and what belongs to it, where every worker finds it: the run goes on
 * there wherever it is taken up next. Without a database server there is no other worker, and nothing to do.
 */
export class KeptTraining {
  readonly #store: Store;
  readonly #output: string;
  #kept: string | undefined;
  #keeping: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Store, output: string) {
    this.#store = store;
    this.#output = output;
  }

  /** Fetches what an earlier worker has left, and begins. @throws {UnavailableError} when it cannot be fetched. */
  async start(): Promise<void> {
    if (!isShared(this.#store)) return;
    const place = trainingPlace(this.#store, this.#output);
    if (await keptFolder(this.#store, place)) await checkOut(this.#store, place, this.#output);
    this.#kept = await newestStep(this.#output);
    this.#timer = setInterval(() => {
      this.#keeping ??= this.#keep()
        .catch(() => {}) // the store is away, or the checkpoint was replaced meanwhile: the next look keeps the newest
        .finally(() => {
          this.#keeping = undefined;
        });
    }, lookMs);
  }

  /** Ends the looking. `keep: "last"`: the checkpoint that was written last is kept where that can be done. */
  async stop({ keep }: { keep: "last" | "nothing" }): Promise<void> {
    clearInterval(this.#timer);
    await this.#keeping;
    if (keep === "last" && isShared(this.#store)) await this.#keep().catch(() => {}); // then the one before holds
  }

  async #keep(): Promise<void> {
    const newest = await newestStep(this.#output);
    if (newest === undefined || newest === this.#kept) return;
    const include = (path: string) =>
      !path.startsWith("rows/") && (!path.startsWith("checkpoints/") || path.startsWith(`checkpoints/${newest}/`));
    await checkIn(this.#store, trainingPlace(this.#store, this.#output), this.#output, { include });
    this.#kept = newest;
  }
}

async function newestStep(output: string): Promise<string | undefined> {
  const folder = join(output, "checkpoints");
  if (!existsSync(folder)) return undefined;
  const steps = (await readdir(folder)).flatMap((name) => /^step-(\d+)$/.exec(name)?.[1] ?? []);
  return steps.length === 0 ? undefined : `step-${Math.max(...steps.map(Number))}`;
}
