import { rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ArgumentError, InputError, NotFoundError } from "@loam/core";
import type { Database, Store } from "@loam/store";
import { cancelWork, pauseWork, resumeWork, startWorkWith } from "@loam/work";
import type { Files } from "../files/files.ts";
import type { ModelRegistry, ServedModel } from "../generation/model-registry.ts";
import { isPath } from "../generation/path-names.ts";
import { checkGrader } from "../graders/grade.ts";
import { Collection, StateError } from "../objects/collection.ts";
import type { Metadata } from "../objects/metadata.ts";
import type { Page, PageQuery } from "../objects/page.ts";
import type { NoteEvent } from "../webhooks/webhooks.ts";
import { forgetResult, jobFolder, keepBase, parentJobOf, partsHere, resultHere } from "./job-places.ts";
import { beginRuns, endRuns } from "./tracked-run.ts";
import type {
  CheckpointBody,
  FineTuningJobBody,
  JobEventBody,
  PermissionBody,
  StoredCheckpoint,
  StoredJob,
  StoredJobEvent,
  StoredPermission,
} from "./types.ts";

/** What may be asked for before the work that does it is composed. */
export const fineTuningKindName = "fine-tuning-job";

const over: readonly string[] = ["succeeded", "failed", "cancelled"];
/** A paused job is resumed once its worker has let go of it, which takes a moment. */
const letGoMs = 15_000;

export type NewJob = Pick<
  FineTuningJobBody,
  | "model"
  | "trainingFile"
  | "validationFile"
  | "hyperparameters"
  | "method"
  | "beta"
  | "reinforcement"
  | "isLegacy"
  | "recipe"
  | "seed"
  | "suffix"
  | "integrations"
> & { metadata?: Metadata };

/** Fine-tuning jobs, what is told of them, and the models that they make. */
export class FineTuningJobs {
  readonly store: Store;
  readonly files: Files;
  readonly #registry: ModelRegistry;
  readonly rows: Collection<FineTuningJobBody>;
  readonly events: Collection<JobEventBody>;
  readonly checkpoints: Collection<CheckpointBody>;
  readonly permissions: Collection<PermissionBody>;
  /** Tells of the end of a job. */
  readonly note: NoteEvent;

  constructor(options: { store: Store; files: Files; registry: ModelRegistry; note: NoteEvent }) {
    const { store, files, registry } = options;
    this.store = store;
    this.note = options.note;
    this.files = files;
    this.#registry = registry;
    this.rows = new Collection(store.db, "fine_tuning_job", "fine-tuning job");
    this.events = new Collection(store.db, "fine_tuning_event", "event");
    this.checkpoints = new Collection(store.db, "fine_tuning_checkpoint", "checkpoint");
    this.permissions = new Collection(store.db, "checkpoint_permission", "permission");
    registry.addSource({ list: () => this.#models() });
  }

  /** @throws {ArgumentError} when the model is not one of this machine that writes text. */
  async create(project: string, { metadata, ...wanted }: NewJob): Promise<StoredJob> {
    const served = await this.#registry.find(wanted.model);
    if (served.makes !== "text" || !served.target.startsWith("local:")) {
      throw new ArgumentError(
        "model",
        wanted.model,
        "a model of this machine that writes text",
        "GET /v1/models lists them",
      );
    }
    if (wanted.reinforcement) checkGrader(wanted.reinforcement.grader);
    const purposes = ["fine-tune"] as const;
    await this.files.getFor(project, wanted.trainingFile, { name: "training_file", purposes });
    if (wanted.validationFile) {
      await this.files.getFor(project, wanted.validationFile, { name: "validation_file", purposes });
    }
    const base = await this.#baseOf(served.target);
    const kind = { name: fineTuningKindName, parse: (value: unknown) => value, maxAttempts: 3 };
    const validating = `Validating training file: ${wanted.trainingFile}`;
    const also = wanted.validationFile ? ` and validation file: ${wanted.validationFile}` : "";
    const made = await startWorkWith(this.store, kind, async (tx, start) => {
      const rows = this.rows.in(tx);
      const job = await rows.insert({
        ...{ project, metadata, status: "validating_files" },
        body: {
          ...wanted,
          ...{
            model: isPath(wanted.model) ? served.id : wanted.model,
            target: served.target,
            ...(base !== undefined && { base }),
            fineTunedModel: null,
            resultFiles: [],
            trainedTokens: null,
            error: null,
          },
          ...{ endedAt: null, estimatedEndAt: null, workId: null },
        },
      });
      await this.tell(job, `Created fine-tuning job: ${job.id}`, { tx });
      await this.tell(job, validating + also, { tx });
      const work = await start({ project, jobId: job.id }, { owner: project });
      return await rows.update(project, job.id, { body: { workId: work.id } });
    });
    await beginRuns(this.store, made);
    return made;
  }

  async get(project: string, id: string): Promise<StoredJob> {
    return await this.rows.get(project, id);
  }

  async page(project: string, query: PageQuery, { metadata }: { metadata?: Metadata } = {}): Promise<Page<StoredJob>> {
    return await this.rows.page(project, query, { metadata });
  }

  async eventPage(project: string, id: string, query: PageQuery): Promise<Page<StoredJobEvent>> {
    await this.get(project, id);
    return await this.events.page(project, query, { parentId: id });
  }

  async checkpointPage(project: string, id: string, query: PageQuery): Promise<Page<StoredCheckpoint>> {
    await this.get(project, id);
    return await this.checkpoints.page(project, query, { parentId: id });
  }

  async cancel(project: string, id: string): Promise<StoredJob> {
    const job = await this.rows.update(project, id, async ({ status }, tx) => {
      if (over.includes(status)) throw refused(id, status, "cancelled");
      await this.note(tx, { project, type: "fine_tuning.job.cancelled", id });
      return { status: "cancelled", body: { endedAt: Math.floor(Date.now() / 1000) } };
    });
    if (job.body.workId) await cancelWork(this.store, job.body.workId);
    await endRuns(this.store, job);
    await this.tell(job, "The job was cancelled");
    return job;
  }

  /** Stops a job at its next whole step, until it is resumed. */
  async pause(project: string, id: string): Promise<StoredJob> {
    const job = await this.get(project, id);
    if (job.status === "paused") return job;
    if (over.includes(job.status) || !job.body.workId) throw refused(id, job.status, "paused");
    const work = await pauseWork(this.store, job.body.workId);
    if (work.status !== "waiting") return job; // its worker says when it has stopped
    return await this.rows.update(project, id, ({ status }) =>
      over.includes(status) ? undefined : { status: "paused" },
    );
  }

  async resume(project: string, id: string): Promise<StoredJob> {
    const job = await this.rows.update(project, id, ({ status }) => {
      if (status !== "paused") throw refused(id, status, "resumed");
      return { status: "queued" };
    });
    for (const end = Date.now() + letGoMs; ; await sleep(100)) {
      try {
        await resumeWork(this.store, job.body.workId!);
        break;
      } catch (error) {
        if (!(error instanceof InputError) || Date.now() > end) throw error;
      }
    }
    await this.tell(job, "The job was resumed");
    return job;
  }

  async tell(
    { project, id }: StoredJob,
    message: string,
    {
      level = "info",
      data = null,
      key,
      tx,
    }: { level?: JobEventBody["level"]; data?: JobEventBody["data"]; key?: string; tx?: Database } = {},
  ): Promise<void> {
    const body: JobEventBody = { level, type: data ? "metrics" : "message", message, data };
    const event = { project, parentId: id, body };
    // What goes on from a checkpoint tells no step twice.
    const events = tx ? this.events.in(tx) : this.events;
    if (key === undefined) await events.insert(event);
    else await events.insertOnce({ ...event, key });
  }

  /** Where a job keeps its rows and its adapter. */
  folderOf({ id }: StoredJob): string {
    return jobFolder(this.store, id);
  }

  /** What the base of a target is kept under: with a job's adapter in it, that job's. */
  async #baseOf(target: string): Promise<string | undefined> {
    const parent = parentJobOf(target);
    if (parent === undefined) return await keepBase(this.store, target);
    return (await this.rows.inState("succeeded")).find(({ id }) => id === parent)?.body.base;
  }

  async grant(project: string, checkpoint: string, projectIds: readonly string[]): Promise<StoredPermission[]> {
    await this.#requireCheckpoint(checkpoint);
    const granted: StoredPermission[] = [];
    for (const projectId of projectIds) {
      const object = { project, parentId: checkpoint, key: projectId, body: { checkpoint, projectId } };
      granted.push((await this.permissions.insertOnce(object)).row);
    }
    return granted;
  }

  async permissionPage(
    project: string,
    checkpoint: string,
    query: PageQuery,
    projectId?: string,
  ): Promise<Page<StoredPermission>> {
    await this.#requireCheckpoint(checkpoint);
    const body = projectId === undefined ? undefined : { projectId };
    return await this.permissions.page(project, query, { parentId: checkpoint, body });
  }

  async revoke(project: string, checkpoint: string, id: string): Promise<void> {
    await this.permissions.remove(project, id, { parentId: checkpoint });
  }

  async #requireCheckpoint(name: string): Promise<void> {
    const models = await this.#models();
    if (!models.some(({ id }) => id === name))
      throw new NotFoundError("fine-tuned model", name, { known: models.map(({ id }) => id) });
  }

  /** The models that jobs have made, and their checkpoints. */
  async #models(): Promise<ServedModel[]> {
    const models: ServedModel[] = [];
    for (const job of await this.rows.inState("succeeded")) {
      const { fineTunedModel, target, endedAt, isDeleted, isElsewhere } = job.body;
      if (fineTunedModel === null || isDeleted || isElsewhere) continue;
      const base = target.split("+/")[0];
      const model: ServedModel = {
        id: fineTunedModel,
        target: `${base}+${join(this.folderOf(job), "adapter")}`,
        makes: "text",
        created: endedAt ?? 0,
        ownedBy: "loam",
        ready: async () => {
          const { base: here } = await partsHere(this.store, { ...job.body, target: base! });
          return `local:${here}+${await resultHere(this.store, job.id)}`;
        },
        remove: async () => {
          await this.rows.update(job.project, job.id, { body: { isDeleted: true } });
          await forgetResult(this.store, job.id);
          await rm(join(this.folderOf(job), "adapter"), { recursive: true, force: true });
        },
      };
      models.push(model);
      for await (const { body } of this.checkpoints.all(job.project, { parentId: job.id })) {
        models.push({ ...model, id: body.name, remove: undefined });
      }
    }
    return models;
  }
}

function refused(id: string, status: string, what: string): StateError {
  return new StateError(`The job ${id} is ${status} and cannot be ${what}.`, { details: { id, status } });
}
