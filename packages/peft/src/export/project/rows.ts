import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { InputError, type OnProgress, ProgressMeter, Rng, throwIfCancelled } from "@loam/core";
import type { DecoderModel } from "@loam/models";
import { newReport, readExamples } from "../../data/dataset.ts";
import { ignoreIndex } from "../../data/encode.ts";
import type { Segment } from "../../data/prompt-template.ts";
import { shuffledIndices } from "../../data/shuffled-indices.ts";
import { encodeExample, segmentsOf } from "../../trainer/example-segments.ts";
import type { Recipe } from "../../trainer/recipe/recipe.ts";

/** How rows are written: axolotl's `input_output` segments, which train.py reads too, or messages for LLaMA-Factory. */
export type RowFormat = "segments" | "messages";

export interface WrittenRows {
  train: number;
  eval: number;
  /** Rows longer than `max_tokens`. */
  truncated: number;
  report: ReturnType<typeof newReport> & { unsupervised: number };
  /** What a reader should know about the rows. */
  notes: string[];
}

/**
 * Writes a recipe's data as `train.jsonl` and `eval.jsonl`: rendered with its template, split as training splits it, every
 * mark spelled out, so that each piece encoded by itself without special tokens gives the ids and labels of training here.
 *
 * @throws {InputError} `no_tokenizer`; `empty_dataset` when no answer is left within the limit of tokens.
 */
export async function writeRows(
  model: DecoderModel,
  { data, seed }: Pick<Recipe, "data" | "seed">,
  {
    folder,
    format,
    onProgress,
    signal,
  }: { folder: string; format: RowFormat; onProgress?: OnProgress; signal?: AbortSignal },
): Promise<WrittenRows> {
  const { tokenizer } = model;
  if (!tokenizer)
    throw new InputError("no_tokenizer", `${model.name} has no tokenizer.`, {
      hint: "add its tokenizer.json to the folder",
    });
  await mkdir(folder, { recursive: true });
  const added = format === "messages" ? await markAddedByEngine(model) : undefined;
  const report = { ...newReport(), unsupervised: 0 };
  const all = join(folder, "rows.part");
  const file = await open(all, "w");
  const meter = new ProgressMeter(onProgress, { task: "export", label: data.path, unit: "row" });
  const { path, split, revision, format: rowFormat, on_bad_row: onBadRow, dedup, limit, template } = data;
  let [count, truncated, unmarked] = [0, 0, 0];
  try {
    const options = { split, revision, format: rowFormat, onBadRow, dedup, limit, signal };
    for await (const example of readExamples(path, options, report)) {
      throwIfCancelled(signal, "Writing the project");
      const encoded = encodeExample(example, { model, tokenizer, template, maxTokens: data.max_tokens });
      if (!encoded.labels.subarray(1).some((label) => label !== ignoreIndex)) {
        report.unsupervised++;
        continue;
      }
      if (encoded.truncated > 0) truncated++;
      const segments = spelledOut(
        model,
        segmentsOf(example, { model, template }),
        example.kind === "chat" || (template === "chat" && example.kind === "instruction"),
      );
      if (added !== undefined && !segments[0]?.text.startsWith(added)) unmarked++;
      const row = format === "segments" ? segmentRow(segments) : messageRow(segments, added);
      await file.appendFile(`${JSON.stringify(row)}\n`);
      count++;
      meter.advance();
    }
  } finally {
    await file.close();
  }
  if (count === 0)
    throw new InputError("empty_dataset", `${path}: no answer is left within ${data.max_tokens} tokens.`, {
      hint: "raise `data.max_tokens`",
    });
  const shuffled = shuffledIndices(count, new Rng(seed));
  const evalCount = Math.max(0, Math.min(count - 1, Math.round(count * data.eval_share)));
  await distribute(all, folder, new Set(shuffled.subarray(0, evalCount)));
  await rm(all);
  const notes =
    unmarked > 0 ? [`LLaMA-Factory puts ${added} before each row; ${unmarked} rows have none in Loam.`] : [];
  return { train: count - evalCount, eval: evalCount, truncated, report, notes };
}

/** The segments with the marks that encoding puts around them; a conversation's template has written its own. */
function spelledOut(
  { tokenizer, eosTokenIds }: DecoderModel,
  segments: readonly Segment[],
  isChat: boolean,
): Segment[] {
  if (isChat) return [...segments];
  const prefix = tokenizer!.encode("", { addSpecialTokens: true }).ids.map((id) => tokenizer!.token(id) ?? "");
  const front: Segment[] = prefix.map((text) => ({ text, supervised: false }));
  const eos = eosTokenIds[0] === undefined ? undefined : tokenizer!.token(eosTokenIds[0]);
  const last = segments.at(-1);
  const needsEnd = eos !== undefined && last?.supervised && !last.text.endsWith(eos);
  return [...front, ...segments, ...(needsEnd ? [{ text: eos, supervised: true }] : [])];
}

const segmentRow = (segments: readonly Segment[]) => ({
  segments: segments.map(({ text, supervised }) => ({ label: supervised, text })),
});

/** User and assistant in turn, beginning with a user; what follows the last answer has no loss and is left out. */
function messageRow(segments: readonly Segment[], added: string | undefined) {
  const messages: { role: "user" | "assistant"; content: string }[] = [];
  for (const { text, supervised } of segments) {
    const role = supervised ? "assistant" : "user";
    if (messages.length === 0 && role === "assistant") messages.push({ role: "user", content: "" });
    if (messages.at(-1)?.role === role) messages.at(-1)!.content += text;
    else messages.push({ role, content: text });
  }
  if (messages.at(-1)?.role === "user") messages.pop();
  const first = messages[0]!;
  if (added && first.content.startsWith(added)) first.content = first.content.slice(added.length);
  return { messages };
}

/** LLaMA-Factory's empty template begins with the tokenizer's beginning-of-text mark, where it has one. */
async function markAddedByEngine({ checkpoint }: DecoderModel): Promise<string | undefined> {
  const text = await readFile(join(checkpoint.path, "tokenizer_config.json"), "utf8").catch(() => "{}");
  const { bos_token: bos } = JSON.parse(text) as { bos_token?: string | { content: string } | null };
  return typeof bos === "string" ? bos : bos?.content;
}

async function distribute(from: string, folder: string, isEval: ReadonlySet<number>): Promise<void> {
  const [train, evaluation] = [
    await open(join(folder, "train.jsonl"), "w"),
    await open(join(folder, "eval.jsonl"), "w"),
  ];
  let at = 0;
  for await (const line of createInterface({ input: createReadStream(from), crlfDelay: Number.POSITIVE_INFINITY }))
    await (isEval.has(at++) ? evaluation : train).appendFile(`${line}\n`);
  await train.close();
  await evaluation.close();
}
