import { ArgumentError } from "@loam/core";
import { jsonSchemaChecker } from "@loam/evaluation";
import type { Store } from "@loam/store";
import { cancelWork, startWorkWith } from "@loam/work";
import type { Files } from "../files/files.ts";
import type { ModelRegistry } from "../generation/model-registry.ts";
import { checkGrader } from "../graders/grade.ts";
import { Collection, StateError } from "../objects/collection.ts";
import type { Metadata } from "../objects/metadata.ts";
import type { Page, PageQuery } from "../objects/page.ts";
import { endingEvent } from "../webhooks/event-types.ts";
import type { NoteEvent } from "../webhooks/webhooks.ts";
import { checkItems } from "./item-check.ts";
import type {
  EvalBody,
  EvalRunBody,
  OutputItemBody,
  RunDataSource,
  StoredEval,
  StoredEvalRun,
  StoredOutputItem,
} from "./types.ts";

/** What may be asked for before the work that does it is composed. */
export const evalKindName = "eval-run";

const over: readonly string[] = ["completed", "failed", "canceled"];

/** Evals, their runs over rows, and what each row was given. */
export class Evals {
  readonly #store: Store;
  readonly #registry: ModelRegistry;
  readonly #note: NoteEvent;
  readonly files: Files;
  readonly rows: Collection<EvalBody>;
  readonly runs: Collection<EvalRunBody>;
  readonly items: Collection<OutputItemBody>;

  constructor(options: { store: Store; files: Files; registry: ModelRegistry; note: NoteEvent }) {
    const { store, files } = options;
    this.#store = store;
    this.#registry = options.registry;
    this.#note = options.note;
    this.files = files;
    this.rows = new Collection(store.db, "eval");
    this.runs = new Collection(store.db, "eval_run");
    this.items = new Collection(store.db, "eval_output_item", "output item");
  }

  /** @throws {ArgumentError} when the item schema is no JSON Schema. */
  async create(project: string, body: EvalBody, metadata?: Metadata): Promise<StoredEval> {
    if (body.dataSource.type === "custom") {
      try {
        jsonSchemaChecker(body.dataSource.item_schema);
      } catch (error) {
        throw new ArgumentError(
          "data_source_config.item_schema",
          body.dataSource.item_schema,
          "a JSON Schema",
          (error as Error).message,
        );
      }
    }
    for (const criterion of body.criteria) checkGrader(criterion);
    return await this.rows.insert({ project, metadata, body });
  }

  async get(project: string, id: string): Promise<StoredEval> {
    return await this.rows.get(project, id);
  }

  async page(project: string, query: PageQuery): Promise<Page<StoredEval>> {
    return await this.rows.page(project, query);
  }

  async update(
    project: string,
    id: string,
    { name, metadata }: { name?: string; metadata?: Metadata },
  ): Promise<StoredEval> {
    return await this.rows.update(project, id, {
      ...(name ? { body: { name } } : {}),
      ...(metadata ? { metadata } : {}),
    });
  }

  async remove(project: string, id: string): Promise<void> {
    await this.rows.remove(project, id);
  }

  /** @throws {InputError} naming a row that does not fit, a model or a file that is not there. */
  async createRun(
    project: string,
    evalId: string,
    { name, dataSource, metadata }: { name: string; dataSource: RunDataSource; metadata?: Metadata },
  ): Promise<StoredEvalRun> {
    const { body } = await this.get(project, evalId);
    const { source } = dataSource;
    if (source.type === "file_content") checkItems(body.dataSource, source.content, "data_source.source.content");
    else await this.files.getFor(project, source.id, { name: "data_source.source.id" });
    if (dataSource.type !== "jsonl") {
      if (!dataSource.model)
        throw new ArgumentError("data_source.model", dataSource.model, "the model that is sampled");
      await this.#registry.find(dataSource.model);
      if (!dataSource.input_messages) {
        throw new ArgumentError(
          "data_source.input_messages",
          dataSource.input_messages,
          "a template or an item_reference",
        );
      }
    }
    const kind = { name: evalKindName, parse: (value: unknown) => value };
    return await startWorkWith(this.#store, kind, async (tx, start) => {
      const runs = this.runs.in(tx);
      const run = await runs.insert({
        ...{ project, parentId: evalId, metadata, status: "queued" },
        body: {
          ...{ evalId, name, dataSource, workId: null, error: null, criteria: [], usage: [] },
          counts: { total: 0, passed: 0, failed: 0, errored: 0 },
        },
      });
      const work = await start({ project, runId: run.id }, { owner: project });
      return await runs.update(project, run.id, { body: { workId: work.id } });
    });
  }

  async getRun(project: string, evalId: string, id: string): Promise<StoredEvalRun> {
    return await this.runs.get(project, id, { parentId: evalId });
  }

  async runPage(project: string, evalId: string, query: PageQuery, status?: string): Promise<Page<StoredEvalRun>> {
    await this.get(project, evalId);
    return await this.runs.page(project, query, { parentId: evalId, status });
  }

  async cancelRun(project: string, evalId: string, id: string): Promise<StoredEvalRun> {
    await this.getRun(project, evalId, id);
    const run = await this.runs.update(project, id, async ({ status }, tx) => {
      if (over.includes(status))
        throw new StateError(`The run ${id} is ${status} and cannot be cancelled.`, {
          hint: "only a run that is queued or in_progress can be",
        });
      await this.#note(tx, { project, type: "eval.run.canceled", id });
      return { status: "canceled" };
    });
    if (run.body.workId) await cancelWork(this.#store, run.body.workId);
    return run;
  }

  /** Ends a run with what has come of it; one that was cancelled meanwhile stays so. */
  async endRun(
    { project, id }: StoredEvalRun,
    wanted: "completed" | "failed",
    body: Partial<EvalRunBody>,
  ): Promise<void> {
    await this.runs.update(project, id, async ({ status }, tx) => {
      if (over.includes(status)) return { body };
      await this.#note(tx, { project, type: endingEvent("eval.run", wanted), id });
      return { status: wanted, body };
    });
  }

  async removeRun(project: string, evalId: string, id: string): Promise<void> {
    const run = await this.getRun(project, evalId, id);
    if (run.body.workId) await cancelWork(this.#store, run.body.workId).catch(() => {});
    await this.runs.remove(project, id);
  }

  async itemPage(
    project: string,
    evalId: string,
    runId: string,
    query: PageQuery,
    status?: string,
  ): Promise<Page<StoredOutputItem>> {
    await this.getRun(project, evalId, runId);
    return await this.items.page(project, query, { parentId: runId, status });
  }

  async getItem(project: string, evalId: string, runId: string, id: string): Promise<StoredOutputItem> {
    await this.getRun(project, evalId, runId);
    return await this.items.get(project, id, { parentId: runId });
  }
}
