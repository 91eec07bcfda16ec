import { createWriteStream } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { LoamError, UnavailableError } from "@loam/core";
import { forgetTraining, KeptTraining, trainInChild } from "@loam/finetuning";
import { forecast, parseRecipe, type RecipeInput, type Reward } from "@loam/peft";
import type { WorkKind } from "@loam/work";
import { z } from "zod";
import { withoutPaths } from "../generation/path-names.ts";
import type { GradeContext } from "../graders/grade.ts";
import { graderReward } from "./grader-reward.ts";
import { type JobParts, keepResult, partsHere } from "./job-places.ts";
import { type FineTuningJobs, fineTuningKindName } from "./jobs.ts";
import { fewestRows, readTrainingRows } from "./read-rows.ts";
import { betaOf, jobRecipe, resolveHyperparameters, resolveReinforcement, splitTarget } from "./recipe.ts";
import { beginRuns, endRuns, logStep } from "./tracked-run.ts";
import type { JobMethod, StoredJob } from "./types.ts";

const Input = z.object({ project: z.string(), jobId: z.string() });

/** Trains what a job says, in a process of its own; one that was interrupted or paused goes on at its last whole step. */
export function fineTuningKind(jobs: FineTuningJobs, grading: GradeContext): WorkKind {
  return {
    name: fineTuningKindName,
    maxAttempts: 3,
    parse: (input) => Input.parse(input),
    run: async (input, { signal, progress }) => {
      const { project, jobId } = input as z.infer<typeof Input>;
      const job = await jobs.rows.find(project, jobId);
      if (!job || !["validating_files", "queued", "running", "paused"].includes(job.status)) return;
      try {
        await beginRuns(jobs.store, job); // a server may have been killed before it could
        const { recipe, rows, places } = await prepare(jobs, job);
        const started = await enter(jobs, job, "running");
        if (started?.status !== "running") return;
        const { body } = started;
        const stopping = signal ?? new AbortController().signal;
        const history = new Map<number, Record<string, number>>();
        const kept = new KeptTraining(jobs.store, recipe.output);
        await kept.start();
        await tellMissed(jobs, started, recipe, totalOf(recipe, rows));
        const training = trainInChild(
          { type: "tune", recipe, places },
          {
            metrics: async (step, values) =>
              await noteMetrics(jobs, started, { step, values, total: totalOf(recipe, rows), history }),
            text: async () => {},
            artifact: async () => {},
            progress: (event) => progress?.(event),
            summary: async () => {},
          },
          { signal: stopping, ...(body.reinforcement && { reward: rewardOf(jobs, started, grading) }) },
        );
        const outcome = await training.finally(() => kept.stop({ keep: "last" }));
        if (outcome === "finished") return await succeed(jobs, started, recipe);
        await stopped(jobs, started);
        throw new UnavailableError("worker", `was stopped while it worked on ${jobId}.`, {
          hint: "the job goes on at its last step with the next worker",
        });
      } catch (error) {
        if (signal?.aborted || !(error instanceof LoamError) || error instanceof UnavailableError) throw error;
        const told = withoutPaths(error, splitTarget(job.body.target).filter(Boolean).join("+"), job.body.model);
        await fail(jobs, job, told as LoamError);
      }
    },
  };
}

/** What answers of a job are worth; what could not be graded is told once. */
function rewardOf(jobs: FineTuningJobs, job: StoredJob, grading: GradeContext): Reward {
  return graderReward(grading, job.body.reinforcement!.grader, async (count, first) => {
    const message = `${count} answers of a step could not be graded and count 0. The first: ${first}`;
    await jobs.tell(job, message, { level: "warn", key: "grader-errors" });
  });
}

/** Checks the files, writes their rows where the trainer finds them, and makes numbers of `auto`. */
async function prepare(
  jobs: FineTuningJobs,
  job: StoredJob,
): Promise<{ recipe: ReturnType<typeof parseRecipe>; rows: number } & Pick<JobParts, "places">> {
  const { project, body } = job;
  const parts = await partsHere(jobs.store, body);
  const folder = jobs.folderOf(job);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const training = join(folder, "train.jsonl");
  const rows = await writeRows(jobs, project, body.trainingFile, training, "training_file", fewestRows, body.method);
  const validation = body.validationFile ? join(folder, "validation.jsonl") : undefined;
  if (validation) await writeRows(jobs, project, body.validationFile!, validation, "validation_file", 1, body.method);
  const hiddenSize = await hiddenSizeOf(parts.base);
  const recipe = parseRecipe(
    jobRecipe(body, { parts, rows, hiddenSize, training, validation, output: join(folder, "adapter") }),
  );
  if (job.status === "validating_files") {
    await enter(jobs, job, "queued", {
      hyperparameters: resolveHyperparameters(body.hyperparameters, rows),
      ...(body.method === "dpo" && { beta: betaOf(body) }),
      ...(body.reinforcement && {
        reinforcement: resolveReinforcement(body.reinforcement, stepsPerEpochOf(recipe, rows)),
      }),
    });
    await jobs.tell(job, "Files validated, moving job to queued state");
    await estimate(jobs, job, recipe);
  }
  return { recipe, rows, places: parts.places };
}

/** The width of a base in a folder; undefined where its configuration does not say. */
async function hiddenSizeOf(base: string): Promise<number | undefined> {
  const text = await readFile(join(base, "config.json"), "utf8").catch(() => "{}");
  const { hidden_size, n_embd } = JSON.parse(text) as { hidden_size?: number; n_embd?: number };
  return hidden_size ?? n_embd;
}

async function writeRows(
  jobs: FineTuningJobs,
  project: string,
  fileId: string,
  path: string,
  parameter: string,
  fewest: number,
  method: JobMethod | undefined,
): Promise<number> {
  const out = createWriteStream(`${path}.part`);
  const done = finished(out);
  done.catch(() => {});
  try {
    const file = await jobs.files.get(project, fileId);
    const rows = await readTrainingRows(jobs.files, file, {
      ...{ parameter, fewest, method },
      onRow: async (line) => {
        if (!out.write(line)) await new Promise<void>((resolve) => out.once("drain", () => resolve()));
      },
    });
    out.end();
    await done;
    // Unchanged rows keep their place: the trainer sees by the file's time whether they are the same.
    const [before, after] = await Promise.all([readFile(path).catch(() => undefined), readFile(`${path}.part`)]);
    if (!before?.equals(after)) await rename(`${path}.part`, path);
    return rows;
  } finally {
    out.destroy();
  }
}

async function estimate(jobs: FineTuningJobs, job: StoredJob, recipe: RecipeInput): Promise<void> {
  const { steps, memory, data, time } = await forecast(recipe);
  const seconds = time?.totalSeconds;
  const parts = [
    `${steps} steps`,
    `${data.kept} examples`,
    ...(data.truncated > 0 ? [`${data.truncated} of them cut at ${recipe.data.max_tokens} tokens`] : []),
    `${Math.ceil(memory.total / 1024 ** 2)} MiB of memory`,
    ...(seconds === undefined
      ? []
      : [`about ${seconds < 90 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`}`]),
  ];
  await jobs.tell(job, `Estimate: ${parts.join(", ")}`);
  if (seconds !== undefined) {
    const estimatedEndAt = Math.ceil(Date.now() / 1000 + seconds);
    await jobs.rows.update(job.project, job.id, { body: { estimatedEndAt } });
  }
}

/** Goes to a status, unless the job has ended. */
async function enter(
  jobs: FineTuningJobs,
  job: StoredJob,
  status: "queued" | "running",
  body = {},
): Promise<StoredJob> {
  const row = await jobs.rows.update(job.project, job.id, (current) =>
    ["validating_files", "queued", "running", "paused"].includes(current.status) ? { status, body } : undefined,
  );
  if (status === "running" && row.status === "running" && job.status !== "running")
    await jobs.tell(row, "Fine-tuning job started");
  return row;
}

const stepsPerEpochOf = ({ batch_size }: { batch_size: number }, rows: number): number =>
  Math.max(1, Math.ceil(rows / batch_size));

function totalOf(
  { batch_size, epochs, max_steps }: { batch_size: number; epochs: number; max_steps?: number },
  rows: number,
): number {
  return max_steps ?? Math.max(1, Math.ceil(stepsPerEpochOf({ batch_size }, rows) * epochs));
}

async function noteMetrics(
  jobs: FineTuningJobs,
  job: StoredJob,
  {
    step,
    values,
    total,
    history,
  }: {
    step: number;
    values: Readonly<Record<string, number>>;
    total: number;
    history: Map<number, Record<string, number>>;
  },
): Promise<void> {
  const known = history.get(step) ?? {};
  history.set(step, { ...known, ...values });
  await logStep(jobs.store, job, step, values);
  const valid = values["eval/reward"];
  if (valid !== undefined) {
    const message = `Step ${step}/${total}: validation reward mean=${valid.toFixed(2)}`;
    const data = { step, total_steps: total, valid_reward_mean: valid };
    await jobs.tell(job, message, { data, key: `valid-${step}` });
  }
  if (values["train/loss"] === undefined) return;
  const data = {
    step,
    total_steps: total,
    train_loss: values["train/loss"],
    ...toldBeside(job.body.method, values),
  };
  const reward = values["train/reward"];
  const also = reward === undefined ? "" : `, reward mean=${reward.toFixed(2)}`;
  await jobs.tell(job, `Step ${step}/${total}: training loss=${data.train_loss.toFixed(2)}${also}`, {
    data,
    key: `step-${step}`,
  });
}

/** What a step of a method tells beside its loss. */
function toldBeside(method: JobMethod | undefined, values: Readonly<Record<string, number>>) {
  switch (method) {
    case "dpo":
      return {
        train_reward_margins: values["train/reward_margin"] ?? null,
        train_reward_accuracies: values["train/reward_accuracy"] ?? null,
      };
    case "reinforcement":
      return {
        train_reward_mean: values["train/reward"] ?? null,
        train_reward_std: values["train/reward_std"] ?? null,
        train_kl: values["train/kl"] ?? null,
        train_mean_answer_tokens: values["train/answer_tokens"] ?? null,
      };
    default:
      return { train_mean_token_accuracy: values["train/token_accuracy"] ?? null };
  }
}

/** Steps that were made when nobody heard of them: a trainer goes on for a moment after its server was killed. */
async function tellMissed(
  jobs: FineTuningJobs,
  job: StoredJob,
  recipe: ReturnType<typeof parseRecipe>,
  total: number,
): Promise<void> {
  const query = { limit: 1, order: "desc" } as const;
  const match = { parentId: job.id, body: { type: "metrics" } };
  const { data: newest } = await jobs.events.page(job.project, query, match);
  const told = (newest[0]?.body.data?.step as number | undefined) ?? 0;
  for (const { step, ...values } of await readMetrics(join(recipe.output, "metrics.jsonl")).catch(() => [])) {
    if (step > told) await noteMetrics(jobs, job, { step, values, total, history: new Map() });
  }
}

async function stopped(jobs: FineTuningJobs, job: StoredJob): Promise<void> {
  const row = await jobs.rows.update(job.project, job.id, ({ status }) =>
    status === "running" ? { status: "paused" } : undefined,
  );
  if (row.status === "paused") await jobs.tell(row, "The job was paused");
  if (row.status === "cancelled") await forgetTraining(jobs.store, join(jobs.folderOf(job), "adapter"));
}

interface MetricsLine {
  step: number;
  [metric: string]: number;
}

async function succeed(jobs: FineTuningJobs, job: StoredJob, recipe: ReturnType<typeof parseRecipe>): Promise<void> {
  const { project, id, body } = job;
  await keepResult(jobs.store, id);
  const steps = await readMetrics(join(recipe.output, "metrics.jsonl"));
  const csv = resultCsv(steps, body.method);
  const file = await jobs.files.create(project, Buffer.from(csv), {
    ...{ filename: "step_metrics.csv", purpose: "fine-tune-results", contentType: "text/csv" },
  });
  const name = `ft:${body.model.replace(/^ft:/, "").replaceAll(":", "-")}:loam:${body.suffix ?? ""}:${id.slice("ftjob-".length, "ftjob-".length + 8)}`;
  const last = steps.at(-1);
  const metrics = dropUndefined({
    step: last?.step,
    train_loss: last?.["train/loss"],
    train_mean_token_accuracy: last?.["train/token_accuracy"],
    train_reward_mean: last?.["train/reward"],
    valid_reward_mean: last?.["eval/reward"],
    valid_loss: last?.["eval/loss"],
    valid_mean_token_accuracy: last?.["eval/token_accuracy"],
    full_valid_loss: last?.["eval/loss"],
    full_valid_mean_token_accuracy: last?.["eval/token_accuracy"],
  });
  const checkpoint = `${name}:ckpt-step-${last?.step ?? 0}`;
  const checkpointBody = { name: checkpoint, stepNumber: last?.step ?? 0, metrics };
  await jobs.checkpoints.insertOnce({ project, parentId: id, key: `step-${last?.step}`, body: checkpointBody });
  await jobs.tell(job, `Checkpoint created at step ${last?.step}`);
  await jobs.tell(job, `New fine-tuned model created: ${name}`);
  const ended = await jobs.rows.update(project, id, async ({ status }, tx) => {
    if (status !== "running") return undefined;
    await jobs.note(tx, { project, type: "fine_tuning.job.succeeded", id });
    return {
      status: "succeeded",
      body: {
        ...{ fineTunedModel: name, resultFiles: [file.id], estimatedEndAt: null },
        endedAt: Math.floor(Date.now() / 1000),
        trainedTokens: Math.max(1, Math.round(steps.reduce((sum, line) => sum + (line["train/tokens"] ?? 0), 0))),
      },
    };
  });
  await forgetTraining(jobs.store, recipe.output);
  if (ended.status !== "succeeded") return;
  await endRuns(jobs.store, ended);
  await jobs.tell(ended, "The job has successfully completed");
}

async function fail(jobs: FineTuningJobs, failed: StoredJob, error: LoamError): Promise<void> {
  const { project, id } = failed;
  const message = error.message.replaceAll(`${jobs.folderOf(failed)}/`, "");
  const param = typeof error.details.name === "string" ? error.details.name : null;
  const job = await jobs.rows.update(project, id, async ({ status }, tx) => {
    if (["succeeded", "cancelled"].includes(status)) return undefined;
    await jobs.note(tx, { project, type: "fine_tuning.job.failed", id });
    return {
      status: "failed",
      body: { error: { code: error.code, message, param }, endedAt: Math.floor(Date.now() / 1000) },
    };
  });
  if (job.status !== "failed") return;
  await endRuns(jobs.store, job);
  await jobs.tell(job, message, { level: "error" });
}

/** The metrics of every step, in order: what was told of a step in several lines is one. */
async function readMetrics(path: string): Promise<MetricsLine[]> {
  const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line.trim() !== "");
  const steps = new Map<number, MetricsLine>();
  for (const line of lines.map((text) => JSON.parse(text) as MetricsLine)) {
    steps.set(line.step, { ...steps.get(line.step), ...line });
  }
  return [...steps.values()].filter(({ step }) => step > 0).sort((a, b) => a.step - b.step);
}

/** OpenAI's columns, or rewards beside the loss; what was not measured at a step is empty. */
function resultCsv(steps: readonly MetricsLine[], method: JobMethod | undefined): string {
  const columns =
    method === "reinforcement"
      ? { train_loss: "train/loss", train_reward_mean: "train/reward", valid_reward_mean: "eval/reward" }
      : {
          train_loss: "train/loss",
          train_accuracy: "train/token_accuracy",
          valid_loss: "eval/loss",
          valid_mean_token_accuracy: "eval/token_accuracy",
        };
  const rows = steps.map((line) => [line.step, ...Object.values(columns).map((name) => line[name] ?? "")].join(","));
  return `${[["step", ...Object.keys(columns)].join(","), ...rows].join("\n")}\n`;
}

function dropUndefined(values: Record<string, number | undefined>): Record<string, number> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Record<
    string,
    number
  >;
}
