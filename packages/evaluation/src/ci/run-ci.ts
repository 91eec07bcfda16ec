import { join } from "node:path";
import { metricFor } from "../metrics/registry.ts";
import type { EvaluationRun } from "../runs/evaluation-run.ts";
import { type RunSpecOptions, runEvaluationSpec, type SpecSurroundings } from "../runs/run-spec.ts";
import type { EvaluationSpec } from "../runs/spec.ts";
import { slug } from "../text/slug.ts";
import { baselineOf, CiFolder, type HistoryEntry, historyEntryOf, type ModelIdentity } from "./ci-folder.ts";
import { recordedKeeper, recordedModel, withoutCalls } from "./recorded-answers.ts";
import { type GateOptions, type GateVerdict, judgeRun } from "./verdict.ts";

export interface RunCiOptions extends Omit<GateOptions, "failUnder">, Pick<RunSpecOptions, "signal" | "onProgress"> {
  /** Where answers, baseline and history are; `.loam-ci/NAME` beside the spec when left out. */
  folder?: string;
  /** Asks nobody: whatever is not recorded fails. For forks, which have no secrets. */
  recordedOnly?: boolean;
  /** Makes this run the baseline if it passes its limits; a loss against the one before is reported and accepted. */
  update?: boolean;
  commit?: string;
  branch?: string;
}

/** What a gate's spec names and somebody has to open: nothing of it is opened that the spec does not need. */
export interface CiSurroundings extends Pick<SpecSurroundings, "languageModel" | "openAsk" | "openRows"> {
  /** The model of the judge role. */
  judge(): Promise<SpecSurroundings["judge"]>;
  embedder(): Promise<SpecSurroundings["embedder"]>;
}

export interface CiResult {
  run: EvaluationRun;
  verdict: GateVerdict;
  history: HistoryEntry[];
  folder: string;
  /** Answers and judgements taken from the record, and made now. */
  recorded: number;
  made: number;
  /** Whether this run became the baseline. */
  updated: boolean;
}

/** The judge role in a baseline's models. */
const judgeRole = "(judge)";

/** Runs a spec as a gate: answers come from the record where nothing they depend on has changed, scores are held against the baseline. */
export async function runCi(
  spec: EvaluationSpec,
  surroundings: CiSurroundings,
  { recordedOnly = false, update = false, commit, branch, signal, onProgress, ...options }: RunCiOptions = {},
): Promise<CiResult> {
  const folder = new CiFolder(options.folder ?? join(spec.folder ?? ".", ".loam-ci", slug(spec.name) || "evaluation"));
  const [recorded, baseline, history] = [await folder.answers(), await folder.baseline(), await folder.history()];
  const keeper = recordedKeeper(recorded, { only: recordedOnly });
  const needs = new Set(spec.metrics.flatMap((metric) => metricFor(metric).needs));
  const models: Record<string, ModelIdentity> = {};
  const open = async <M extends ModelIdentity>(name: string, opener: () => Promise<M>) => {
    const model = await openOrRecall(name, opener, { recordedOnly, known: baseline?.models[name] });
    models[name] = { provider: model.provider, modelId: model.modelId };
    return model;
  };
  const roleJudge = needs.has("judge") && spec.judge === undefined ? await surroundings.judge() : undefined;
  const knownJudge = baseline?.models[judgeRole];
  const judge =
    roleJudge ?? (spec.judge === undefined && needs.has("judge") && knownJudge ? recordedModel(knownJudge) : undefined);
  if (judge) models[judgeRole] = { provider: judge.provider, modelId: judge.modelId };
  const { run } = await runEvaluationSpec(recordedOnly ? withoutHeaders(spec) : spec, {
    keeper,
    languageModel: (name) => open(name, async () => await surroundings.languageModel(name)),
    openAsk: surroundings.openAsk,
    openRows: surroundings.openRows,
    judge,
    embedder: needs.has("embedder") ? await surroundings.embedder() : undefined,
    ...(recordedOnly && { adapt: (system) => withoutCalls(system, spec) }),
    signal,
    onProgress,
  });
  const verdict = judgeRun(run, baseline, { ...options, failUnder: spec.failUnder });
  const isSound = verdict.failures.every(({ kind }) => kind === "worse");
  const updated = update && isSound;
  if (!recordedOnly) await folder.writeAnswers(updated ? keeper.used : [...recorded, ...keeper.used]);
  if (updated) {
    await folder.writeBaseline(baselineOf(run, { commit, models: { ...baseline?.models, ...models } }));
    await folder.addToHistory(historyEntryOf(run, { commit, branch }));
  }
  const made = keeper.used.filter((cell) => !recorded.includes(cell)).length;
  const taken = run.resumedCells + run.cachedCells;
  return { run, verdict, history, folder: folder.path, recorded: taken, made, updated };
}

/** The model; where it cannot be opened, or may not be, what stands for it in the record. */
async function openOrRecall<M extends ModelIdentity>(
  name: string,
  opener: () => Promise<M>,
  { recordedOnly, known }: { recordedOnly: boolean; known: ModelIdentity | undefined },
) {
  if (recordedOnly && known && !name.startsWith("local:")) return recordedModel(known);
  try {
    return await opener();
  } catch (error) {
    if (known) return recordedModel(known);
    throw error;
  }
}

/** Headers name secrets, and nothing is sent. */
function withoutHeaders(spec: EvaluationSpec): EvaluationSpec {
  return { ...spec, systems: spec.systems.map(({ headers: _, ...system }) => system) };
}
