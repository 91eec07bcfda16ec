import { basename, dirname, isAbsolute } from "node:path";
import { type TuneFolders, toDraft, trainedVideoModels, tuneFolders } from "@loam/finetuning";
import { type Point, type Run, runTextsOf, sparklines } from "@loam/observe";
import type { Store } from "@loam/store";
import type { RunDetailJson, RunJson, SeriesJson } from "../surfaces/studio/schemas/tune.ts";
import type { VideoRunDetailJson, VideoRunJson } from "../surfaces/studio/schemas/video-training.ts";

/** Runs as the Studio shows them, each with its line of losses. */
export async function toRunsJson(store: Store, folders: TuneFolders, runs: readonly Run[]): Promise<RunJson[]> {
  const lines = await sparklines(
    store,
    runs.map(({ id }) => id),
    "train/loss",
  );
  return runs.map((run) => toRunJson(folders, run, lines.get(run.id) ?? []));
}

export async function toRunDetailJson(store: Store, folders: TuneFolders, run: Run): Promise<RunDetailJson> {
  const [json] = await toRunsJson(store, folders, [run]);
  const recipe = run.kind === "tune" ? toDraft(folders, run.params) : run.params;
  const prompts = (run.params.sample_prompts ?? []) as string[];
  const samples = (await runTextsOf(store, run.id)).flatMap(({ tag, step, text }) => {
    const prompt = prompts[Number(/^sample\/(\d+)$/.exec(tag)?.[1])];
    return prompt === undefined ? [] : [{ step, prompt, text: text.slice(prompt.length).trim() }];
  });
  return { ...json!, recipe, samples };
}

/** Trainings of video models; clips can be asked of one once it is done, by its name. */
export async function toVideoRunsJson(store: Store, runs: readonly Run[]): Promise<VideoRunJson[]> {
  const lines = await sparklines(
    store,
    runs.map(({ id }) => id),
    "train/loss",
  );
  const there = new Set(await trainedVideoModels(tuneFolders(store)).names());
  return runs.map((run) => {
    const { job, model } = run.tags;
    const isDone = run.status === "finished" && job !== undefined;
    return {
      ...sharedJson(run, lines.get(run.id) ?? []),
      data: (run.params.data as { kind?: string } | undefined)?.kind ?? null,
      model: isDone && model !== undefined && there.has(model) ? model : null,
    };
  });
}

export async function toVideoRunDetailJson(store: Store, run: Run): Promise<VideoRunDetailJson> {
  const [json] = await toVideoRunsJson(store, [run]);
  const prompts = (run.params.sample_prompts ?? []) as string[];
  const samples = (await runTextsOf(store, run.id)).flatMap(({ tag, step }) => {
    const index = Number(/^sample\/(\d+)$/.exec(tag)?.[1]);
    const prompt = prompts[index];
    return prompt === undefined
      ? []
      : [{ step, prompt, url: `/api/video-training/${run.id}/samples/${step}/${index}` }];
  });
  const data = run.params.data as { kind?: string; path?: string } | undefined;
  // A set of clips is known by its id, which is the folder around its files.
  const path = data?.path ?? "";
  // Runs of an earlier Loam named the folder of the set.
  const shown = data?.kind === "folder" ? { ...data, path: isAbsolute(path) ? basename(dirname(path)) : path } : data;
  return { ...json!, recipe: { ...run.params, ...(shown && { data: shown }), output: run.name }, samples };
}

export function toSeriesJson(series: Readonly<Record<string, readonly Point[]>>): SeriesJson {
  return Object.fromEntries(
    Object.entries(series).map(([key, points]) => [
      key,
      points.map(({ step, value, timeMs }): [number, number | null, number] => [step, finite(value), timeMs]),
    ]),
  );
}

function toRunJson(folders: TuneFolders, run: Run, line: readonly number[]): RunJson {
  const { status, params, tags } = run;
  const draft = toDraft(folders, params) as {
    model?: string;
    quantize?: string;
    method?: { peft_type?: string };
    data?: { path?: string };
    output?: string;
  };
  return {
    ...sharedJson(run, line),
    kind: run.kind === "pretrain" ? "pretrain" : "tune",
    method: draft.method?.peft_type ?? null,
    quantize: draft.quantize ?? null,
    base: draft.model ?? tags.base ?? null,
    dataset: draft.data?.path ?? null,
    // Runs of the command line may have written theirs anywhere.
    adapter: status === "finished" && draft.output && !draft.output.includes("/") ? draft.output : null,
  };
}

/** What all trainings have. */
function sharedJson(
  { id, name, status, summary, tags, progress, error, createdAt, startedAt, finishedAt }: Run,
  line: readonly number[],
) {
  const losses = (summary.losses ?? {}) as { first?: number | null; last?: number | null; eval?: number | null };
  const latest = Object.entries(summary).filter(([key]) => key.includes("/"));
  return {
    ...{ id, name, status, progress },
    isQueued: tags.job !== undefined,
    error: error && { code: error.code, message: error.message, hint: error.hint },
    latest: Object.fromEntries(latest.map(([key, value]) => [key, finite(value)])),
    results: {
      steps: numberOr(summary.steps),
      trainableParameters: numberOr(summary.trainableParameters),
      firstLoss: losses.first,
      lastLoss: losses.last,
      evalLoss: losses.eval,
      seconds: numberOr(summary.seconds),
      peakMemoryBytes: numberOr(summary.peakMemoryBytes),
    },
    sparkline: line.map(finite),
    createdAt: createdAt.toISOString(),
    startedAt: startedAt?.toISOString() ?? null,
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}

/** JSON has no NaN and no infinities. */
const finite = (value: unknown): number | null => (typeof value === "number" && Number.isFinite(value) ? value : null);
const numberOr = (value: unknown): number | undefined => finite(value) ?? undefined;
