import { createHash } from "node:crypto";
import { InputError, Rng } from "@loam/core";
import type { DecoderModel, Tokenizer } from "@loam/models";
import { chatSegments, type RenderChat } from "../data/chat-segments.ts";
import { type DatasetReport, newReport, readExamples } from "../data/dataset.ts";
import { type EncodedExample, encodeSegments, ignoreIndex } from "../data/encode.ts";
import type { Example } from "../data/example.ts";
import { type Batch, collate, packRows } from "../data/pack.ts";
import { type PromptTemplateName, promptTemplate, renderExample, type Segment } from "../data/prompt-template.ts";
import type { Recipe } from "./recipe.ts";

/** Examples as token ids, and what became of the others. */
export interface TrainingData {
  /** Each row holds one example, or several when packed. */
  train: readonly (readonly EncodedExample[])[];
  eval: readonly (readonly EncodedExample[])[];
  report: DatasetReport & {
    /** Examples that were cut at `max_tokens`, and those of which nothing supervised was left. */
    truncated: number;
    unsupervised: number;
  };
  /** SHA-256 over all ids and labels, in hex. */
  hash: string;
}

/** Reads and encodes a dataset. @throws {InputError} when nothing is left to learn from. */
export async function loadTrainingData(
  model: DecoderModel,
  { data, seed }: Pick<Recipe, "data" | "seed">,
  { signal }: { signal?: AbortSignal } = {},
): Promise<TrainingData> {
  const tokenizer = requireTokenizer(model);
  const report = { ...newReport(), truncated: 0, unsupervised: 0 };
  const hash = createHash("sha256");
  const examples: EncodedExample[] = [];
  const { path, format, on_bad_row: onBadRow, dedup, limit } = data;
  for await (const example of readExamples(path, { format, onBadRow, dedup, limit, signal }, report)) {
    const encoded = encodeExample(example, { model, tokenizer, template: data.template, maxTokens: data.max_tokens });
    if (encoded.truncated > 0) report.truncated++;
    if (!encoded.labels.subarray(1).some((label) => label !== ignoreIndex)) {
      report.unsupervised++;
      continue;
    }
    hash.update(encoded.ids).update(encoded.labels);
    examples.push(encoded);
  }
  const shuffled = new Rng(seed).shuffle(examples);
  const evalCount = Math.min(shuffled.length - 1, Math.round(shuffled.length * data.eval_share));
  const [forEval, forTraining] = [shuffled.slice(0, Math.max(0, evalCount)), shuffled.slice(Math.max(0, evalCount))];
  if (forTraining.length === 0) {
    throw new InputError("empty_dataset", `${path}: no answer is left within ${data.max_tokens} tokens.`, {
      details: { ...report },
      hint: "raise `data.max_tokens`",
    });
  }
  return {
    train: data.packing ? packed(forTraining, data.max_tokens) : forTraining.map((example) => [example]),
    eval: forEval.map((example) => [example]),
    report,
    hash: hash.digest("hex"),
  };
}

/** One example as ids and labels, in the model's tokens. */
export function encodeExample(
  example: Example,
  {
    model,
    tokenizer,
    template,
    maxTokens,
  }: { model: DecoderModel; tokenizer: Tokenizer; template: PromptTemplateName | "chat"; maxTokens: number },
): EncodedExample {
  const encode = (text: string) => tokenizer.encode(text, { addSpecialTokens: false }).ids;
  const segments = segmentsOf(example, { model, template });
  if (isRenderedAsChat(example, template)) return encodeSegments(segments, encode, { maxTokens });
  const prefixIds = tokenizer.encode("", { addSpecialTokens: true }).ids;
  return encodeSegments(segments, encode, { prefixIds, eosId: model.eosTokenIds[0], maxTokens });
}

/** An example as the text that a model reads, with what it learns to write marked. */
export function segmentsOf(
  example: Example,
  { model, template }: { model: DecoderModel; template: PromptTemplateName | "chat" },
): Segment[] {
  return isRenderedAsChat(example, template)
    ? chatSegments(asChat(example), chatRenderer(model))
    : renderExample(example, promptTemplate(template === "chat" ? "plain" : template));
}

function isRenderedAsChat(
  example: Example,
  template: PromptTemplateName | "chat",
): example is Exclude<Example, { kind: "text" }> {
  return example.kind === "chat" || (template === "chat" && example.kind === "instruction");
}

/** The prompt of an instruction as text, for asking a tuned model. */
export function promptText(model: DecoderModel, instruction: string, template: PromptTemplateName | "chat"): string {
  if (template === "chat")
    return chatRenderer(model)([{ role: "user", content: instruction }], { addGenerationPrompt: true });
  return promptTemplate(template).prompt({ instruction, input: "" });
}

function asChat(example: Exclude<Example, { kind: "text" }>): Extract<Example, { kind: "chat" }> {
  if (example.kind === "chat") return example;
  const { instruction, input, output, system } = example;
  return {
    kind: "chat",
    messages: [
      ...(system ? [{ role: "system" as const, content: system }] : []),
      { role: "user", content: input ? `${instruction}\n\n${input}` : instruction },
      { role: "assistant", content: output },
    ],
  };
}

function chatRenderer({ chatTemplate, name }: DecoderModel): RenderChat {
  if (!chatTemplate) {
    throw new InputError("no_chat_template", `${name} has no chat template, but the data holds conversations.`, {
      hint: "take a chat model as base, or data with instruction and output",
    });
  }
  return (messages, options) =>
    chatTemplate.render(
      messages.map((message) => ({ ...message })),
      options,
    );
}

function requireTokenizer({ tokenizer, name }: DecoderModel): Tokenizer {
  if (tokenizer) return tokenizer;
  throw new InputError("no_tokenizer", `${name} has no tokenizer.`, {
    hint: "put its tokenizer.json into the model folder",
  });
}

function packed(examples: readonly EncodedExample[], maxTokens: number): EncodedExample[][] {
  const rows = packRows(
    examples.map(({ ids }) => ids.length),
    maxTokens,
  );
  return rows.map((row) => row.map((i) => examples[i]!));
}

/** The micro-batches of any step, by its number alone: a resumed run reads what it would have read. */
export class BatchPlan {
  readonly #rows: TrainingData["train"];
  readonly #recipe: Pick<Recipe, "seed" | "batch_size" | "gradient_accumulation">;
  readonly #padId: number;
  #order: { epoch: number; rows: number[] } | undefined;

  constructor(
    rows: TrainingData["train"],
    recipe: Pick<Recipe, "seed" | "batch_size" | "gradient_accumulation">,
    padId: number,
  ) {
    this.#rows = rows;
    this.#recipe = recipe;
    this.#padId = padId;
  }

  /** Steps in one pass over the rows. */
  get stepsPerEpoch(): number {
    const { batch_size, gradient_accumulation } = this.#recipe;
    return Math.max(1, Math.ceil(this.#rows.length / (batch_size * gradient_accumulation)));
  }

  /** @param step from 0. The rows of every epoch come in another order, one epoch after the other. */
  batches(step: number): Batch[] {
    const { batch_size, gradient_accumulation } = this.#recipe;
    return Array.from({ length: gradient_accumulation }, (_, micro) => {
      const first = (step * gradient_accumulation + micro) * batch_size;
      return collate(
        Array.from({ length: batch_size }, (_, i) => this.#rows[this.#rowAt(first + i)]!),
        { padId: this.#padId },
      );
    });
  }

  /** Numbers of the rows of a step, for naming them in errors. */
  rowsOf(step: number): number[] {
    const size = this.#recipe.batch_size * this.#recipe.gradient_accumulation;
    return Array.from({ length: size }, (_, i) => this.#rowAt(step * size + i));
  }

  #rowAt(position: number): number {
    const epoch = Math.floor(position / this.#rows.length);
    if (this.#order?.epoch !== epoch) {
      const rng = new Rng(this.#recipe.seed + 1_000_003 * (epoch + 1));
      this.#order = { epoch, rows: rng.shuffle(this.#rows.map((_, i) => i)) };
    }
    return this.#order.rows[position % this.#rows.length]!;
  }
}
