import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { ArgumentError } from "@loam/core";
import { type CombineOptions, combineAdapters, describeAdapter, writeAdapter, writePlainLora } from "@loam/peft";
import type { Io } from "../../terminal/io.ts";
import { size } from "../../terminal/units.ts";

export interface CombineIntoOptions extends Pick<CombineOptions, "type" | "svdRank" | "density" | "seed"> {
  output: string;
  /** Numbers with commas between them. */
  weights?: string;
  /** Whether an adapter that is there may go. */
  force: boolean;
}

/**
 * Writes one adapter made of several.
 *
 * @throws {ArgumentError} when the weights are not one number for each adapter.
 */
export async function combineInto(
  folders: readonly string[],
  { output, weights: given, force, ...options }: CombineIntoOptions,
  io: Io,
): Promise<void> {
  const weights = given === undefined ? folders.map(() => 1) : given.split(",").map(Number);
  if (weights.length !== folders.length || weights.some((weight) => !Number.isFinite(weight)))
    throw new ArgumentError(
      "weights",
      given,
      `${folders.length} number${folders.length === 1 ? "" : "s"} with commas between them, one for each adapter`,
      `for example --weights ${folders.map(() => (1 / folders.length).toPrecision(2)).join(",")}`,
    );
  await requireFree(output, { read: folders, force });
  const { method, ...file } = await combineAdapters(
    folders.map((adapter, i) => ({ adapter, weight: weights[i]! })),
    options,
  );
  await writeAdapter(output, method, file);
  await tell(output, `${options.type} of ${folders.map((folder, i) => `${weights[i]} × ${folder}`).join(" + ")}`, io);
}

/** Writes a PiSSA or OLoRA adapter as a plain LoRA. */
export async function plainInto(
  adapter: string,
  { output, force }: { output: string; force: boolean },
  io: Io,
): Promise<void> {
  await requireFree(output, { read: [adapter], force });
  await writePlainLora(adapter, output);
  await tell(output, `${adapter} as a plain LoRA`, io);
}

async function tell(output: string, what: string, io: Io): Promise<void> {
  const { method, rank, parameters, sizeBytes, base } = await describeAdapter(output);
  io.result({ output, method, rank, parameters, sizeBytes, base }, () =>
    [
      `${output}: ${what}`,
      `rank ${rank}, ${parameters.toLocaleString("en")} parameters, ${size(sizeBytes)}`,
      ...(base === null ? [] : [`Try it: loam chat ${base} --adapter ${output}`]),
    ].join("\n"),
  );
}

/** Nothing is lost but an adapter that may be replaced. */
async function requireFree(
  output: string,
  { read, force }: { read: readonly string[]; force: boolean },
): Promise<void> {
  if (read.some((folder) => resolve(folder) === resolve(output)))
    throw new ArgumentError("output", output, "another folder than those that are read");
  const inside: string[] | undefined = await readdir(output).catch((error: NodeJS.ErrnoException) =>
    error.code === "ENOENT" ? [] : undefined,
  );
  if (inside?.length === 0) return;
  if (!inside?.includes("adapter_config.json"))
    throw new ArgumentError("output", output, "a new folder", "what is there is no adapter and is not replaced");
  if (!force)
    throw new ArgumentError(
      "output",
      output,
      "a new folder",
      "choose another name, or replace the adapter with --force",
    );
}
