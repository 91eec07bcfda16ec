import { createHash } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InputError, type OnProgress, ProgressMeter, Rng, type Row } from "@loam/core";
import type { DecoderModel, Tokenizer } from "@loam/models";
import {
  atRow,
  type DatasetReport,
  datasetFilesOf,
  leaveOut,
  newReport,
  readLocatedExamples,
} from "../data/dataset.ts";
import { type EncodedExample, ignoreIndex } from "../data/encode.ts";
import { detectFormat, type Example, toExample } from "../data/example.ts";
import { type JudgedAnswer, toJudgedAnswers } from "../data/judged-answer.ts";
import { type Preference, toPreference } from "../data/preference.ts";
import { type Prompt, toPrompt } from "../data/prompt.ts";
import { RowSet } from "../data/row-set.ts";
import { RowStore, RowStoreWriter } from "../data/row-store.ts";
import { shuffledIndices } from "../data/shuffled-indices.ts";
import { encodeExample, encodePrompt } from "./example-segments.ts";
import type { Recipe } from "./recipe/recipe.ts";

/** What of a recipe says which rows there are. Without an objective, examples to learn by heart. */
type DataFields = Pick<Recipe, "data" | "seed"> & Partial<Pick<Recipe, "objective">>;

/** Examples as token ids, and what became of the others. */
export interface TrainingData {
  /** Each row holds one example, or several when packed. */
  train: RowSet;
  eval: RowSet;
  report: DatasetReport & {
    /** Examples that were cut at `max_tokens`, and those of which nothing supervised was left. */
    truncated: number;
    unsupervised: number;
  };
  /** SHA-256 over all ids and labels, in hex. */
  hash: string;
  /** Closes the file of the rows, where there is one. */
  close(): Promise<void>;
}

/**
 * Reads and encodes a dataset. Examples stay in memory up to `data.memory_mb`; beyond that they go into a file in `folder`,
 * which is used again as long as data and tokenizer have not changed.
 *
 * @throws {InputError} when nothing is left to learn from.
 */
export async function loadTrainingData(
  model: DecoderModel,
  { data, seed, objective = { type: "sft" } }: DataFields,
  options: { folder?: string; signal?: AbortSignal; onProgress?: OnProgress } = {},
): Promise<TrainingData> {
  const { eval_path, ...own } = data;
  if (eval_path === undefined) return await loadRows(model, { data, seed, objective }, options);
  const training = await loadRows(model, { data: own, seed, objective }, options);
  try {
    const folder = options.folder && join(options.folder, "eval");
    const { split: _split, revision: _revision, limit: _limit, ...rest } = own;
    const evaluation = await loadRows(
      model,
      { data: { ...rest, path: eval_path, packing: false }, seed, objective },
      { ...options, folder },
    );
    const close = async () => {
      await evaluation.close();
      await training.close();
    };
    return { ...training, eval: evaluation.train, close };
  } catch (error) {
    await training.close();
    throw error;
  }
}

async function loadRows(
  model: DecoderModel,
  { data, seed, objective }: Required<DataFields>,
  { folder, signal, onProgress }: { folder?: string; signal?: AbortSignal; onProgress?: OnProgress },
): Promise<TrainingData> {
  const { split, revision } = data;
  const files = await datasetFilesOf(data.path, { split, revision, signal, onProgress });
  const scratch = folder ?? (await mkdtemp(join(tmpdir(), "loam-rows-")));
  const kind = rowKinds[objective.type];
  const key = await encodingKey(model, data, { files, kind });
  const kept = await RowStore.open(scratch);
  if (kept && kept.note.key !== key) await kept.store.close();
  const { store, report, hash } =
    kept?.note.key === key
      ? { store: kept.store, report: JSON.parse(kept.note.report!) as TrainingData["report"], hash: kept.note.hash! }
      : await encodeDataset(model, data, { files, folder: scratch, key, kind, signal, onProgress });
  const close = async () => {
    await store.close();
    if (folder === undefined) await rm(scratch, { recursive: true, force: true });
  };
  if (store.length === 0) {
    await close();
    throw new InputError("empty_dataset", `${data.path}: no answer is left within ${data.max_tokens} tokens.`, {
      details: { ...report },
      hint: "raise `data.max_tokens`",
    });
  }
  const shuffled = shuffledIndices(kind === "paired" ? store.length / 2 : store.length, new Rng(seed));
  const evalCount = Math.max(0, Math.min(shuffled.length - 1, Math.round(shuffled.length * data.eval_share)));
  const forTraining = shuffled.subarray(evalCount);
  const setOf = (examples: Uint32Array) =>
    objective.type === "grpo"
      ? RowSet.prompts(store, examples, { answers: objective.group_size, tokens: objective.max_new_tokens })
      : RowSet[kind as Exclude<RowKind, "prompt">](store, examples);
  return {
    train: kind === "single" ? rowsOf(store, forTraining, data) : setOf(forTraining),
    eval: setOf(shuffled.subarray(0, evalCount)),
    report,
    hash,
    close,
  };
}

/** What a row of the data is: an answer to learn, two of which one is preferred, one that was judged, or a question. */
type RowKind = "single" | "paired" | "judged" | "prompt";

const rowKinds: Record<Recipe["objective"]["type"], RowKind> = {
  sft: "single",
  dpo: "paired",
  orpo: "paired",
  kto: "judged",
  grpo: "prompt",
};

function rowsOf(store: RowStore, examples: Uint32Array, { packing, max_tokens }: Recipe["data"]): RowSet {
  if (packing === "shared_prefix") return RowSet.sharingPrefixes(store, examples, max_tokens);
  return packing ? RowSet.packed(store, examples, max_tokens) : RowSet.single(store, examples);
}

async function encodeDataset(
  model: DecoderModel,
  data: Recipe["data"],
  {
    files,
    folder,
    key,
    kind,
    signal,
    onProgress,
  }: {
    files: readonly string[];
    folder: string;
    key: string;
    kind: RowKind;
    signal?: AbortSignal;
    onProgress?: OnProgress;
  },
): Promise<{ store: RowStore } & Pick<TrainingData, "report" | "hash">> {
  const tokenizer = requireTokenizer(model);
  const report = { ...newReport(), truncated: 0, unsupervised: 0 };
  const hash = createHash("sha256");
  const writer = new RowStoreWriter({ folder, memoryBytes: data.memory_mb * 1e6 });
  const meter = new ProgressMeter(onProgress, { task: "encode", label: data.path, unit: "row" });
  const { path, format, on_bad_row: onBadRow, dedup, limit } = data;
  const toItem = (row: Row): (ReadAnswer | { prompt: Prompt })[] => {
    if (kind === "prompt") return [{ prompt: toPrompt(row) }];
    if (kind === "paired") return pairOf(toPreference(row));
    return kind === "judged" ? toJudgedAnswers(row) : [{ example: toExample(row, format ?? detectFormat(row)) }];
  };
  const options = { files, toItem, onBadRow, dedup, limit, signal };
  const how = { model, tokenizer, template: data.template, maxTokens: data.max_tokens };
  let before: { opening: string; encoded: EncodedExample } | undefined;
  try {
    for await (const { example: examples, ...source } of readLocatedExamples(path, options, report)) {
      let encoded: EncodedExample[];
      try {
        encoded = examples.map((one) =>
          "prompt" in one
            ? encodePrompt(one.prompt, how)
            : { ...encodeExample(one.example, how), isDesirable: one.isDesirable },
        );
      } catch (error) {
        if (onBadRow === "error") throw atRow(error, source.file, source.line);
        leaveOut(report, source, error);
        continue;
      }
      if (report.kept % 1000 === 0) meter.advance(1000);
      if (encoded.some(({ truncated }) => truncated > 0)) report.truncated++;
      const isLearned = kind !== "prompt";
      if (isLearned && !encoded.every(({ labels }) => labels.subarray(1).some((label) => label !== ignoreIndex))) {
        report.unsupervised++;
        continue;
      }
      const opening = kind === "single" ? openingOf((examples[0] as ReadAnswer).example) : undefined;
      const isSame = opening !== undefined && opening === before?.opening;
      for (const one of encoded) {
        hash.update(one.ids).update(one.labels);
        if (one.isDesirable !== undefined) hash.update(String(one.isDesirable));
        await writer.append(one, source, isSame ? sharedPrefix(before!.encoded, one) : 0);
      }
      before = opening === undefined ? undefined : { opening, encoded: encoded[0]! };
    }
  } catch (error) {
    await writer.discard();
    throw error;
  }
  const digest = hash.digest("hex");
  const store = await writer.finish(() => ({ key, hash: digest, report: JSON.stringify(report) }));
  return { store, report, hash: digest };
}

/** An answer as it stands in the data. */
type ReadAnswer = Pick<JudgedAnswer, "example"> & Partial<JudgedAnswer>;

const pairOf = ({ chosen, rejected }: Preference): ReadAnswer[] => [{ example: chosen }, { example: rejected }];

/** What a conversation begins with before anybody asks: its system messages and functions. Undefined where it has neither. */
function openingOf(example: Example): string | undefined {
  if (example.kind !== "chat") return undefined;
  const { messages, tools } = example;
  const first = messages.findIndex(({ role }) => role !== "system");
  if (first <= 0 && !tools) return undefined;
  return JSON.stringify([messages.slice(0, first), tools]);
}

/** Tokens at the beginning that two examples have in common, short of what is learned and the token before it. */
function sharedPrefix(a: EncodedExample, b: EncodedExample): number {
  const isRead = (i: number) => a.labels[i] === ignoreIndex && b.labels[i] === ignoreIndex;
  let length = 0;
  while (a.ids[length] === b.ids[length] && isRead(length) && isRead(length + 1)) length++;
  return length;
}

/** Counts up where the file of the rows is laid out in another way. */
const layout = 2;

/** Changes with everything that the encoded rows depend on. */
async function encodingKey(
  model: DecoderModel,
  data: Recipe["data"],
  { files, kind }: { files: readonly string[]; kind: RowKind },
): Promise<string> {
  const { format, template, max_tokens, dedup, limit, on_bad_row } = data;
  const tokenizerFiles = ["tokenizer.json", "tokenizer_config.json"].map((name) => join(model.checkpoint.path, name));
  const stamps = await Promise.all(
    [...files, model.checkpoint.path, ...tokenizerFiles].map(async (file) => {
      const info = await stat(file).catch(() => undefined);
      return [file, info?.size, info?.mtimeMs];
    }),
  );
  const facts = { stamps, layout, kind, format, template, max_tokens, dedup, limit, on_bad_row };
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex");
}

function requireTokenizer({ tokenizer, name }: DecoderModel): Tokenizer {
  if (tokenizer) return tokenizer;
  throw new InputError("no_tokenizer", `${name} has no tokenizer.`, {
    hint: "put its tokenizer.json into the model folder",
  });
}
