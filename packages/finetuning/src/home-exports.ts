import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { InputError, type Operation } from "@loam/core";
import { exportAdapterOperation, exportRecipeOperation, mergeFormat, mergeOperation } from "@loam/peft";
import { startWork, type WorkKind, type WorkRecord, workKind } from "@loam/work";
import type { z } from "zod";
import { adapterPath } from "./adapters.ts";
import { hasBase, resolveBase, shelveBase } from "./bases.ts";
import { resolveDraft } from "./draft.ts";
import { hasExport, shelveExport } from "./exported.ts";
import { exportInChild } from "./exports/export-in-child.ts";
import { type FetchOptions, folderName, type TuneFolders } from "./folders.ts";

/** Attempts at an export whose process is ended from outside. */
const maxAttempts = 3;

/** An operation on paths, over what the home folder has by name. */
interface HomeExport<I extends z.ZodObject, R> {
  operation: Operation<I, R, object>;
  /** Whether what it writes is a base like others, or for other programs. */
  makes(input: z.infer<I>): "base" | "export";
  /** The input with its names as paths. @throws {NotFoundError} @throws {InputError} */
  located(folders: TuneFolders, input: z.infer<I>, options?: FetchOptions): Promise<z.infer<I>>;
}

const homeExport = <I extends z.ZodObject, R>(given: HomeExport<I, R>): HomeExport<I, R> => given;

const merge = homeExport({
  operation: mergeOperation,
  makes: (input) => (mergeFormat(input) === "folder" ? "base" : "export"),
  located: async (folders, { base, adapters, ...input }, options) => ({
    ...input,
    base: await resolveBase(folders, base, options),
    adapters: await Promise.all(adapters.map((id) => adapterPath(folders, id, options))),
  }),
});
const adapter = homeExport({
  operation: exportAdapterOperation,
  makes: () => "export",
  located: async (folders, { adapter, model, ...input }, options) => ({
    ...input,
    adapter: await adapterPath(folders, adapter, options),
    ...(model !== undefined && { model: await resolveBase(folders, model, options) }),
  }),
});
const recipe = homeExport({
  operation: exportRecipeOperation,
  makes: () => "export",
  located: async (folders, { recipe, ...input }, options) => ({
    ...input,
    recipe: { ...(await resolveDraft(folders, recipe, options)) },
  }),
});

/** The kinds of work that write tuned models for other programs, from the home folder into it. */
export function exportKinds(folders: TuneFolders): WorkKind[] {
  return [kindOf(merge, folders), kindOf(adapter, folders), kindOf(recipe, folders)];
}

/** Accepts a merge. When this resolves it is on the disk, and some worker does it. */
export const startMerge = (folders: TuneFolders, input: unknown) => start(merge, folders, input);
/** Accepts the export of an adapter. */
export const startAdapterExport = (folders: TuneFolders, input: unknown) => start(adapter, folders, input);
/** Accepts the export of a recipe. */
export const startRecipeExport = (folders: TuneFolders, input: unknown) => start(recipe, folders, input);

/** @throws {ArgumentError} @throws {NotFoundError} for what it names. @throws {InputError} `name_taken`. */
async function start<I extends z.ZodObject<{ output: z.ZodString }>, R>(
  { operation, makes, located }: HomeExport<I, R>,
  folders: TuneFolders,
  given: unknown,
): Promise<WorkRecord> {
  const input = operation.parse(given);
  const name = folderName(String(input.output));
  await located(folders, input, { fetch: "later" });
  await requireFreeName(folders, { name, makes: makes(input), force: isForced(input) });
  return await startWork(folders.store, { ...operation, maxAttempts }, given, { name, key: name });
}

function kindOf<I extends z.ZodObject<{ output: z.ZodString }>, R>(
  { operation, makes, located }: HomeExport<I, R>,
  folders: TuneFolders,
): WorkKind {
  const atHome: Operation<I, R, TuneFolders> = {
    ...operation,
    call: async () => Promise.reject(new TypeError(`${operation.name} is work here`)),
    run: async (_, input, { signal, progress, checkpoint }) => {
      const name = folderName(String(input.output));
      const made = makes(input);
      // A second attempt may find what the first one has written.
      if (checkpoint.value === undefined) {
        await requireFreeName(folders, { name, makes: made, force: isForced(input) });
        await checkpoint.write({ begun: true });
      }
      const shelf = made === "base" ? folders.models : folders.exports;
      const draft = join(shelf, `.${name}.draft`);
      await rm(draft, { recursive: true, force: true });
      const isFile = name.endsWith(".gguf");
      if (isFile) await mkdir(draft);
      const output = isFile ? join(draft, name) : draft;
      try {
        const order = { operation: operation.name, input: { ...(await located(folders, input)), output } };
        const result = (await exportInChild(order, { signal, progress })) as R;
        await rm(join(shelf, name), { recursive: true, force: true });
        await rename(draft, join(shelf, name));
        await (made === "base" ? shelveBase(folders, name) : shelveExport(folders, name));
        return namedAsAsked(result, input);
      } finally {
        await rm(draft, { recursive: true, force: true });
      }
    },
  };
  return workKind(atHome, folders, { maxAttempts });
}

const isForced = (input: object): boolean => "force" in input && input.force === true;

/** A result speaks of what it was asked for by the names it was asked with. */
function namedAsAsked<R>(result: R, input: Record<string, unknown>): R {
  const named = Object.fromEntries(
    Object.entries(result as object).map(([field, value]) => [
      field,
      field === "path" ? input.output : (input[field] ?? value),
    ]),
  );
  return named as R;
}

async function requireFreeName(
  folders: TuneFolders,
  { name, makes, force }: { name: string; makes: "base" | "export"; force: boolean },
): Promise<void> {
  const isBase = makes === "base";
  const isTaken = isBase
    ? (await hasBase(folders, name)) || existsSync(join(folders.models, name))
    : await hasExport(folders, name);
  if (!isTaken || force) return;
  throw new InputError(
    "name_taken",
    `There is ${isBase ? "a base" : "an export"} named ${JSON.stringify(name)} already.`,
    {
      details: { name },
      hint: "choose another name for `output`, or delete the old one",
    },
  );
}
