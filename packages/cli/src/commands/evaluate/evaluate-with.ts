import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { ArgumentError, loadConfig, NotFoundError } from "@loam/core";
import {
  type AskSettings,
  type EvaluationRun,
  type EvaluationSpec,
  findRun,
  type GateFailure,
  listRuns,
  meteredModel,
  metricFor,
  type OpenedAsk,
  type Place,
  readRun,
  runEvaluationSpec,
  shelveRun,
} from "@loam/evaluation";
import { connectLanguageModel, parseModelName } from "@loam/providers";
import { type Library, lazyRecogniser, openLibrary, type Region, type SearchHit } from "@loam/rag";
import { chooseHome } from "@loam/store";
import type { Workspace } from "../../command/workspace.ts";
import type { Io } from "../../terminal/io.ts";
import { addFiles } from "../library/add-files.ts";
import { modelNameOf } from "../models/model-name.ts";
import { rowsOf } from "./evaluation-rows.ts";

export interface EvaluateOptions {
  spec: EvaluationSpec;
  failUnder: Record<string, number>;
  out?: string;
  start: "continue" | "resume" | "fresh";
  concurrency?: number;
}

/** Where `loam evaluate` keeps runs, and the Studio looks for them. */
export async function runsFolder(home: string | undefined): Promise<string> {
  const { config } = await loadConfig({ flags: home ? { home } : {} });
  return join(chooseHome(config.home), "evaluations");
}

/**
 * Runs a spec with the models, the documents and the traces of a workspace.
 *
 * @throws {NotFoundError} when `--resume` is asked of a folder without a run.
 */
export async function evaluateWith(
  { spec, failUnder, out, start, concurrency }: EvaluateOptions,
  workspace: Workspace,
  io: Io,
): Promise<{ run: EvaluationRun; gate: GateFailure[]; folder: string }> {
  const runs = join(workspace.store.home, "evaluations");
  const folder = out ?? (await chooseFolder(runs, spec.name, start));
  if (out !== undefined && start === "resume" && !existsSync(join(out, "run.json")))
    throw new NotFoundError("run in", out, { hint: "leave --resume out to begin one there" });
  const languageModel = async (name: string) =>
    connectLanguageModel(workspace.config, parseModelName(modelNameOf(name), "chat"), {
      role: "chat",
      local: await workspace.local(),
    });
  const needs = new Set(spec.metrics.flatMap((metric) => metricFor(metric).needs));
  const needsModels = needs.has("embedder") || (needs.has("judge") && spec.judge === undefined);
  const models = needsModels ? await workspace.models() : undefined;
  const libraries = new Libraries(workspace, languageModel, io);
  try {
    const result = await runEvaluationSpec(spec, {
      folder,
      cache: join(runs, ".cache"),
      cells: start === "fresh" ? "discard" : "keep",
      languageModel,
      openAsk: (settings) => libraries.open(settings),
      openRows: (dataset) => rowsOf(dataset, workspace, io),
      judge: models?.judge,
      embedder: models?.embed,
      failUnder,
      concurrency,
      signal: io.signal,
      onProgress: io.progress,
    });
    return { ...result, folder };
  } catch (error) {
    if (io.signal.aborted) io.note(`What was made is kept in ${folder}; the same command goes on from there.`);
    throw error;
  } finally {
    await libraries.close();
    await shelveRun(workspace.store, folder).catch((error) => io.problem(folder, error)); // the next list keeps it
  }
}

/** The latest run of that name where it is to go on, else a new folder named for it and the time. */
async function chooseFolder(runs: string, name: string, start: EvaluateOptions["start"]): Promise<string> {
  const latest = (await listRuns(runs)).find((run) => run.name === name);
  if (start === "resume" && !latest)
    throw new NotFoundError("run named", name, { hint: "leave --resume out to begin one" });
  if (latest && (start === "resume" || (start === "continue" && latest.state !== "finished"))) return latest.folder;
  const slug =
    name
      .normalize("NFKC")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-+|-+$/g, "")
      .slice(0, 60) || "run";
  const time = new Date().toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  for (let n = 1; ; n++) {
    const folder = join(runs, `${slug}-${time}${n === 1 ? "" : `-${n}`}`);
    if (!existsSync(folder)) return folder;
  }
}

/**
 * A finished run by the name of its folder among the runs, or by a path.
 *
 * @throws {ArgumentError} when the run has not finished.
 */
export async function readRunOf(runs: string, given: string): Promise<EvaluationRun> {
  if (existsSync(join(given, "results.json"))) return readRun(given);
  const { folder, state, cells, cellsDone } = await findRun(runs, given);
  if (state === "finished") return readRun(folder);
  throw new ArgumentError(
    "run",
    given,
    "a finished run",
    `it is ${state}, with ${cellsDone} of ${cells} cells; start the same evaluation again to go on`,
  );
}

/** Libraries for systems that ask documents, one for each chat model. */
class Libraries {
  readonly #workspace: Workspace;
  readonly #languageModel: (name: string) => ReturnType<typeof connectLanguageModel>;
  readonly #io: Io;
  readonly #recogniser = lazyRecogniser();
  readonly #open = new Map<string, Promise<Library>>();

  constructor(workspace: Workspace, languageModel: (name: string) => ReturnType<typeof connectLanguageModel>, io: Io) {
    this.#workspace = workspace;
    this.#languageModel = languageModel;
    this.#io = io;
  }

  async open({ documents, k, chat }: AskSettings): Promise<OpenedAsk> {
    const models = await this.#workspace.models();
    const key = chat ?? "";
    let opening = this.#open.get(key);
    if (!opening) {
      const model = chat === undefined ? models.chat : await this.#languageModel(chat);
      opening = openLibrary({
        store: this.#workspace.store,
        models: { ...models, chat: model && meteredModel(model) },
        recogniser: this.#recogniser,
      });
      this.#open.set(key, opening);
    }
    const library = await opening;
    const files = documents === undefined ? [] : [documents].flat();
    const added = await addFiles(library, files, { io: this.#io });
    if (files.length > 0 && added.documents.length === 0) throw added.failed[0]!.error;
    const chosen = files.length > 0 ? added.documents.map(({ document }) => document) : await library.documents();
    const ids = chosen.map(({ id }) => id);
    const byId = new Map(chosen.map((document) => [document.id, document]));
    const placeIn = (id: string, { page, box }: Region): Place => {
      const { name, contentHash } = byId.get(id)!;
      return { document: name, hash: contentHash, page, box };
    };
    const facts = [chosen.map(({ contentHash }) => contentHash), chat ?? models.chat?.modelId, models.embed.id];
    return {
      version: createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 32),
      ask: async (question, { signal }) => {
        const stream = library.ask(question, { k, documents: ids, signal });
        const hits: SearchHit[] = [];
        for await (const event of stream) if (event.type === "evidence") hits.push(...event.hits);
        const { answer, sentences } = await stream.result;
        return {
          prediction: answer,
          contexts: hits.map(({ chunk }) => chunk.text),
          places: hits.map(({ chunk, document }) => chunk.regions.map((region) => placeIn(document, region))),
          citations: sentences.flatMap(({ citations }) => citations.map((cited) => placeIn(cited.document, cited))),
        };
      },
    };
  }

  async close(): Promise<void> {
    for (const opening of this.#open.values()) await (await opening.catch(() => undefined))?.close();
    await this.#recogniser.close();
  }
}
