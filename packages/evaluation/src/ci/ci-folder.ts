import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { InputError } from "@loam/core";
import type { CorpusMetric } from "../corpus/score-corpus.ts";
import { hashOf } from "../runs/dataset.ts";
import type { EvaluationRun } from "../runs/evaluation-run.ts";
import type { Cell } from "../runs/kept/cell-log.ts";

/** What later runs are held against: scores by row, and rows by their content. */
export interface GateBaseline {
  name: string;
  commit?: string;
  /** ISO 8601. */
  at: string;
  /** Rows of the dataset with the hash of what they hold: a row that was rewritten is another one. */
  rows: { id: string; hash: string }[];
  systems: {
    system: string;
    metrics: Pick<CorpusMetric, "metric" | "direction" | "signature" | "value" | "values">[];
  }[];
  /** What stands behind each model's name, so that recorded answers are found where no key opens the model. */
  models: Record<string, ModelIdentity>;
}

export interface ModelIdentity {
  provider: string;
  modelId: string;
}

/** Scores of one commit that became the baseline. */
export interface HistoryEntry {
  commit?: string;
  branch?: string;
  /** ISO 8601. */
  at: string;
  rows: number;
  /** By system, then by metric. */
  scores: Record<string, Record<string, number | null>>;
}

/** The folder of an evaluation's gate, beside its YAML file and under version control: answers, baseline, history. */
export class CiFolder {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Answers and judgements that were paid for, in the order of the file. */
  async answers(): Promise<Cell[]> {
    return await readLines<Cell>(join(this.path, "answers.jsonl"));
  }

  async baseline(): Promise<GateBaseline | undefined> {
    const path = join(this.path, "baseline.json");
    const text = await readFile(path, "utf8").catch(() => undefined);
    return text === undefined ? undefined : parseKept<GateBaseline>(text, path);
  }

  async history(): Promise<HistoryEntry[]> {
    return await readLines<HistoryEntry>(join(this.path, "history.jsonl"));
  }

  /** In an order of its own, so that a changed answer is a changed line. */
  async writeAnswers(cells: readonly Cell[]): Promise<void> {
    const lines = [...new Map(cells.map((cell) => [cell.key, asRecorded(cell)])).values()]
      .map((cell) => [`${cell.system}\0${cell.row}\0${cell.kind}\0${cell.key}`, JSON.stringify(cell)] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, line]) => line);
    await this.#write("answers.jsonl", lines.map((line) => `${line}\n`).join(""));
  }

  async writeBaseline(baseline: GateBaseline): Promise<void> {
    await this.#write("baseline.json", `${JSON.stringify(baseline, null, 1)}\n`);
  }

  /** Adds a commit; what was said of it before is replaced. */
  async addToHistory(entry: HistoryEntry): Promise<void> {
    const others = (await this.history()).filter(({ commit }) => commit === undefined || commit !== entry.commit);
    const lines = [...others, entry].map((one) => `${JSON.stringify(one)}\n`);
    await this.#write("history.jsonl", lines.join(""));
  }

  async #write(name: string, text: string): Promise<void> {
    const path = join(this.path, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.tmp`, text);
    await rename(`${path}.tmp`, path);
  }
}

/** The baseline that a run makes. */
export function baselineOf(
  run: EvaluationRun,
  { commit, models }: { commit?: string; models: Record<string, ModelIdentity> },
): GateBaseline {
  return {
    name: run.name,
    ...(commit !== undefined && { commit }),
    at: run.finishedAt,
    rows: rowHashes(run),
    systems: run.systems.map(({ system, metrics }) => ({
      system,
      metrics: metrics.map(({ metric, direction, signature, value, values }) => ({
        metric,
        direction,
        signature,
        value,
        values,
      })),
    })),
    models,
  };
}

export function rowHashes({ dataset }: EvaluationRun): GateBaseline["rows"] {
  return dataset.rows.map(({ id, fields }) => ({ id, hash: hashOf(fields) }));
}

export function historyEntryOf(
  run: EvaluationRun,
  { commit, branch }: { commit?: string; branch?: string },
): HistoryEntry {
  return {
    ...(commit !== undefined && { commit }),
    ...(branch !== undefined && { branch }),
    at: run.finishedAt,
    rows: run.dataset.rows.length,
    scores: Object.fromEntries(
      run.systems.map(({ system, metrics }) => [
        system,
        Object.fromEntries(metrics.map(({ metric, value }) => [metric, value])),
      ]),
    ),
  };
}

/** A cell without what is of one machine and one time. */
function asRecorded({ trace: _, cached: __, ...cell }: Cell): Cell {
  return { ...cell, ms: Math.round(cell.ms) } as Cell;
}

async function readLines<T>(path: string): Promise<T[]> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").flatMap((line, i) => (line.trim() === "" ? [] : [parseKept<T>(line, `${path}:${i + 1}`)]));
}

/** @throws {InputError} `bad_record` for what a merge left behind, say. */
function parseKept<T>(text: string, where: string): T {
  try {
    return JSON.parse(text) as T;
  } catch (cause) {
    throw new InputError("bad_record", `${where} is no JSON: ${(cause as Error).message}.`, {
      hint: "take the file as it was in the last good commit, or remove it and run `loam ci --update`",
      cause,
    });
  }
}
