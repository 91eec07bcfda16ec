import { createHash } from "node:crypto";
import { type OnProgress, ProgressMeter, throwIfCancelled } from "@loam/core";
import type { DecoderModel } from "@loam/models";
import { type DatasetReport, leaveOut, newReport, readLocatedExamples, type SkippedRow } from "../data/dataset.ts";
import { ignoreIndex } from "../data/encode.ts";
import type { Example, ExampleFormat } from "../data/example.ts";
import { type PromptTemplateName, promptTemplate, renderExample, type Segment } from "../data/prompt-template.ts";
import { encodeExample, segmentsOf } from "./example-segments.ts";

export interface PreviewOptions {
  /** Counts tokens, and renders conversations with its chat template. */
  model?: DecoderModel;
  template?: PromptTemplateName | "chat";
  format?: ExampleFormat;
  maxTokens?: number;
  /** Examples to render. */
  n?: number;
  /** Rows to read; all when left out. */
  limit?: number;
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/** An example as the model sees it. */
export interface PreviewedExample {
  file: string;
  line: number;
  segments: Segment[];
  /** With a model: all tokens, those that the loss is taken on, and those that are cut off. */
  tokens?: { all: number; supervised: number; truncated: number };
}

/** What a dataset holds, and which of its rows need a look. Lists end at a hundred rows. */
export interface DatasetPreview {
  examples: PreviewedExample[];
  report: DatasetReport & { truncated: number; unsupervised: number };
  /** With a model: cut at `maxTokens`, and without anything supervised left. */
  truncatedRows: SkippedRow[];
  unsupervisedRows: SkippedRow[];
  /** Rows equal to an earlier one; they stay unless a recipe sets `data.dedup`. */
  duplicateRows: SkippedRow[];
  /** Tokens after the cut, with a model. */
  tokens?: { total: number; supervised: number; median: number; longest: number };
}

const listed = 100;

/** Reads a whole dataset as training would, renders its first examples and counts what is wrong with the others. */
export async function previewDataset(
  path: string,
  { model, template = "alpaca", format, maxTokens = 512, n = 3, limit, onProgress, signal }: PreviewOptions = {},
): Promise<DatasetPreview> {
  const report = { ...newReport(), truncated: 0, unsupervised: 0 };
  const preview: DatasetPreview = { examples: [], report, truncatedRows: [], unsupervisedRows: [], duplicateRows: [] };
  const seen = new Map<string, string>();
  const lengths: number[] = [];
  let supervised = 0;
  const meter = new ProgressMeter(onProgress, { task: "read", label: path, unit: "row" });
  for await (const { example, file, line } of readLocatedExamples(path, { format, limit, signal }, report)) {
    throwIfCancelled(signal, "Reading");
    const hash = createHash("sha256").update(JSON.stringify(example)).digest("base64");
    const first = seen.get(hash);
    if (first === undefined) seen.set(hash, `${file} line ${line}`);
    else {
      report.duplicates++;
      note(preview.duplicateRows, { file, line, reason: `the same as ${first}` });
    }
    let rendered: ReturnType<typeof render>;
    try {
      rendered = render(example, { model, template, maxTokens });
    } catch (error) {
      leaveOut(report, { file, line }, error);
      continue;
    }
    const { tokens } = rendered;
    if (tokens) {
      const field = answerFields[example.kind];
      if (tokens.truncated > 0) {
        report.truncated++;
        const reason = `${tokens.all + tokens.truncated} tokens, cut at ${maxTokens}`;
        note(preview.truncatedRows, { file, line, field, reason });
      }
      if (tokens.supervised === 0) {
        report.unsupervised++;
        note(preview.unsupervisedRows, { file, line, field, reason: `nothing of it fits into ${maxTokens} tokens` });
      } else {
        lengths.push(tokens.all);
        supervised += tokens.supervised;
      }
    }
    if (preview.examples.length < n) preview.examples.push({ file, line, ...rendered });
    meter.advance();
  }
  lengths.sort((a, b) => a - b);
  if (model && lengths.length > 0) {
    preview.tokens = {
      total: lengths.reduce((a, b) => a + b, 0),
      supervised,
      median: lengths[Math.floor(lengths.length / 2)]!,
      longest: lengths.at(-1)!,
    };
  }
  return preview;
}

function note(rows: SkippedRow[], row: SkippedRow): void {
  if (rows.length < listed) rows.push(row);
}

const answerFields = {
  instruction: "output",
  chat: "messages",
  completion: "completion",
  text: "text",
} as const satisfies Record<Example["kind"], string>;

function render(
  example: Example,
  { model, template, maxTokens }: { model?: DecoderModel; template: PromptTemplateName | "chat"; maxTokens: number },
): Pick<PreviewedExample, "segments" | "tokens"> {
  if (!model?.tokenizer) return { segments: withoutModel(example, template) };
  const { tokenizer } = model;
  const { ids, labels, truncated } = encodeExample(example, { model, tokenizer, template, maxTokens });
  const supervised = labels.subarray(1).reduce((sum, label) => sum + (label === ignoreIndex ? 0 : 1), 0);
  return { segments: segmentsOf(example, { model, template }), tokens: { all: ids.length, supervised, truncated } };
}

/** Conversations without a model's template: who says what. */
function withoutModel(example: Example, template: PromptTemplateName | "chat"): Segment[] {
  if (example.kind !== "chat") return renderExample(example, promptTemplate(template === "chat" ? "plain" : template));
  return example.messages.map(({ role, content, tool_calls, weight }, i) => ({
    text: `${i > 0 ? "\n" : ""}${role}: ${content ?? JSON.stringify(tool_calls)}`,
    supervised: role === "assistant" && weight !== 0,
  }));
}
