import { existsSync } from "node:fs";
import { join } from "node:path";
import { NotFoundError } from "@loam/core";
import {
  adoptFolders,
  checkLimits,
  type EvaluationRun,
  type EvaluationSpec,
  evaluateOperation,
  type GateFailure,
  listEvaluations,
  openDataset,
  readEvaluation,
  readRun,
  renewEvaluation,
  runEvaluationSpec,
  type StartedEvaluation,
  startEvaluation,
} from "@loam/evaluation";
import { connectLanguageModel, parseModelName } from "@loam/providers";
import { evaluationContext } from "@loam/server/evaluation";
import type { Store } from "@loam/store";
import { workHere, workKind } from "@loam/work";
import type { Workspace } from "../../command/workspace.ts";
import type { Io } from "../../terminal/io.ts";
import { addFiles } from "../library/add-files.ts";
import { modelNameOf } from "../models/model-name.ts";

export interface EvaluateOptions {
  spec: EvaluationSpec;
  failUnder: Record<string, number>;
  /** A folder of the run's own, instead of the store. */
  out?: string;
  start: "continue" | "resume" | "fresh";
  concurrency?: number;
}

/** What became of an evaluation, and where it is kept. */
export interface Evaluated {
  run: EvaluationRun;
  gate: GateFailure[];
  /** Its id in the store, or its folder. */
  kept: { id: string } | { folder: string };
}

/**
 * Runs a spec in this process, with the models, the documents and the traces of a workspace. Others see it as work, and
 * can cancel it.
 *
 * @throws {NotFoundError} when `--resume` is asked where nothing was begun.
 */
export async function evaluateWith(options: EvaluateOptions, workspace: Workspace, io: Io): Promise<Evaluated> {
  const { failUnder, concurrency, out } = options;
  const given: EvaluationSpec = {
    ...options.spec,
    ...(concurrency !== undefined && { concurrency }),
    failUnder: { ...options.spec.failUnder, ...failUnder },
  };
  checkLimits(given);
  const spec = await withAskedDocuments(given, workspace, io);
  const context = contextOf(workspace, io);
  if (out !== undefined) return await evaluateInFolder(out, spec, options, context, io);
  const { store } = workspace;
  const { run, work } = await placeOf(store, spec, options, io);
  try {
    const kind = workKind(evaluateOperation, context);
    const watched = { signal: io.signal, onProgress: io.progress };
    const { gate } = (await workHere(store, kind, work, watched)) as { gate: GateFailure[] };
    return { run: await readEvaluation(store, run), gate, kept: { id: run } };
  } catch (error) {
    if (io.signal.aborted) io.note(`What was made is kept as ${run}; the same command goes on from there.`);
    throw error;
  }
}

async function evaluateInFolder(
  folder: string,
  spec: EvaluationSpec,
  { start }: EvaluateOptions,
  context: ReturnType<typeof contextOf>,
  io: Io,
): Promise<Evaluated> {
  if (start === "resume" && !existsSync(join(folder, "run.json")))
    throw new NotFoundError("run in", folder, { hint: "leave --resume out to begin one there" });
  const { close, ...surroundings } = await context.open();
  try {
    const { run, gate } = await runEvaluationSpec(spec, {
      ...surroundings,
      ...{ folder, cells: start === "fresh" ? "discard" : "keep", signal: io.signal, onProgress: io.progress },
    });
    return { run, gate, kept: { folder } };
  } catch (error) {
    if (io.signal.aborted) io.note(`What was made is kept in ${folder}; the same command goes on from there.`);
    throw error;
  } finally {
    await close();
  }
}

/** The latest run of that name where it is to go on, else a new one. Rows of a file are read anew. */
async function placeOf(
  store: Store,
  spec: EvaluationSpec,
  { start }: EvaluateOptions,
  { signal }: Io,
): Promise<StartedEvaluation> {
  await adoptFolders(store);
  const [latest] = await listEvaluations(store, { name: spec.name, limit: 1 });
  if (start === "resume" && !latest)
    throw new NotFoundError("run named", spec.name, { hint: "leave --resume out to begin one" });
  const dataset = spec.dataset.path === undefined ? undefined : await openDataset(spec, { signal });
  const goesOn = latest && (start === "resume" || (start === "continue" && latest.state !== "finished"));
  if (goesOn) return await renewEvaluation(store, latest.id, { spec, dataset });
  return await startEvaluation(store, spec, { dataset, alone: start === "fresh", aside: true });
}

function contextOf(workspace: Workspace, io: Io) {
  return evaluationContext({
    isHere: true,
    store: workspace.store,
    library: () => workspace.library(),
    models: () => workspace.models(),
    languageModel: async (name) =>
      connectLanguageModel(workspace.config, parseModelName(modelNameOf(name), "chat"), {
        role: "chat",
        local: await workspace.local(),
      }),
    onNote: io.note,
  });
}

/** The spec with the ids of the documents that its systems name as files: they are read first. */
export async function withAskedDocuments(spec: EvaluationSpec, workspace: Workspace, io: Io): Promise<EvaluationSpec> {
  const systems = [];
  for (const system of spec.systems) {
    const paths = system.ask?.documents === undefined ? [] : [system.ask.documents].flat();
    if (paths.length === 0) {
      systems.push(system);
      continue;
    }
    const { documents, failed } = await addFiles(await workspace.library(), paths, { io });
    if (documents.length === 0) throw failed[0]!.error;
    systems.push({ ...system, ask: { ...system.ask!, documents: documents.map(({ document }) => document.id) } });
  }
  return { ...spec, systems };
}

/**
 * A finished run by its id, or by the folder it was given.
 *
 * @throws {InputError} when the run has not finished.
 */
export async function readRunOf(store: Store, given: string): Promise<EvaluationRun> {
  if (existsSync(join(given, "results.json"))) return readRun(given);
  await adoptFolders(store);
  return await readEvaluation(store, given);
}
