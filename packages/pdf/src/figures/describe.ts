import { createHash } from "node:crypto";
import { CancelledError, throwIfCancelled, UnavailableError } from "@loam/core";
import { generateText, type LanguageModel, Output } from "ai";
import { z } from "zod";
import type { Figure } from "../document.ts";

/** What a vision model says about a figure. */
export const FigureReading = z.object({
  kind: z.string().describe("what it is: bar chart, line chart, photograph, diagram, table, map, formula, ..."),
  title: z.string().nullable(),
  axes: z.array(z.object({ name: z.string(), unit: z.string().nullable() })),
  series: z.array(z.object({ name: z.string(), values: z.array(z.object({ at: z.string(), value: z.string() })) })),
  text: z.array(z.string()).describe("every other text that can be read in the figure, exactly as printed"),
  trend: z.string().describe("one or two sentences: what the figure shows"),
});
export type FigureReading = z.infer<typeof FigureReading>;

export interface FigureDescription {
  text: string;
  /** Who says so: a vision model, OCR of the picture, or the text layer, caption and sentences around it. */
  source: "vision" | "ocr" | "text";
  reading?: FigureReading;
  model?: string;
  /** Tokens that this call cost; 0 from the cache. */
  usage: { inputTokens: number; outputTokens: number };
  cached: boolean;
}

/** Where descriptions are kept, by a hash of picture, prompt and model. */
export interface DescriptionCache {
  get(key: string): Promise<FigureReading | undefined>;
  set(key: string, reading: FigureReading): Promise<void>;
}

export interface DescribeOptions {
  /** The `vision` role; without it, or without a picture, the description is made of what can be read. */
  vision?: LanguageModel;
  cache?: DescriptionCache;
  /** Text that OCR found in the picture. */
  ocrText?: string;
  /** How often a failed call (429, 5xx, network) is tried again, with growing pauses. */
  maxRetries?: number;
  signal?: AbortSignal;
}

const prompt = `Read this figure from a paper. Say what kind of figure it is, its title, its axes with units, every series with
every value that is printed or can be read off, and the trend. Copy numbers and words exactly as printed. Do not guess: leave out what cannot be
read. Answer in the language of the figure.`;

/**
 * Says in words what a figure shows: by the vision model when there is one, otherwise by OCR text, caption and the
 * sentences that refer to it, and marked as such.
 *
 * @throws {UnavailableError} when the model still fails after the retries.
 * @throws {CancelledError} when the signal fires.
 */
export async function describeFigure(
  figure: Pick<Figure, "caption" | "innerText" | "mentions" | "png">,
  options: DescribeOptions = {},
): Promise<FigureDescription> {
  throwIfCancelled(options.signal, "describing a figure");
  if (!options.vision || !figure.png) return describeWithoutVision(figure, options.ocrText);
  const { vision, cache } = options;
  const model = typeof vision === "string" ? vision : `${vision.provider}:${vision.modelId}`;
  const key = createHash("sha256")
    .update(model)
    .update(prompt)
    .update(figure.caption ?? "")
    .update(figure.png)
    .digest("hex");
  const known = await cache?.get(key);
  const none = { inputTokens: 0, outputTokens: 0 };
  const read = known ? { reading: known, usage: none } : await readFigure(vision, figure.png, figure.caption, options);
  if (!known) await cache?.set(key, read.reading);
  return { text: inWords(read.reading, figure.caption), source: "vision", model, cached: known !== undefined, ...read };
}

async function readFigure(
  vision: LanguageModel,
  png: Uint8Array,
  caption: string | undefined,
  { maxRetries = 3, signal }: DescribeOptions,
): Promise<{ reading: FigureReading; usage: FigureDescription["usage"] }> {
  try {
    const { output, usage } = await generateText({
      model: vision,
      maxRetries,
      abortSignal: signal,
      output: Output.object({ schema: FigureReading }),
      messages: [
        {
          role: "user",
          content: [
            { type: "text", text: caption ? `${prompt}\nIts caption: ${caption}` : prompt },
            { type: "file", data: png, mediaType: "image/png" },
          ],
        },
      ],
    });
    return {
      reading: output,
      usage: { inputTokens: usage.inputTokens ?? 0, outputTokens: usage.outputTokens ?? 0 },
    };
  } catch (cause) {
    if (signal?.aborted) throw new CancelledError("describing a figure", { cause });
    throw new UnavailableError("the vision model", cause instanceof Error ? cause.message : String(cause), {
      hint: "check the `vision` role with `loam models`; without one, figures are read by OCR",
      cause,
    });
  }
}

/** The reading as text for search and for the prompt of an answer. */
function inWords({ kind, title, axes, series, text, trend }: FigureReading, caption: string | undefined): string {
  return [
    caption,
    title ? `${kind}: ${title}` : kind,
    axes.length > 0 ? `Axes: ${axes.map(({ name, unit }) => (unit ? `${name} (${unit})` : name)).join(", ")}` : "",
    ...series.map(({ name, values }) => `${name}: ${values.map(({ at, value }) => `${at} ${value}`).join(", ")}`),
    text.join("\n"),
    trend,
  ]
    .filter(Boolean)
    .join("\n");
}

function describeWithoutVision(
  figure: Pick<Figure, "caption" | "innerText" | "mentions">,
  ocrText = "",
): FigureDescription {
  const inner = figure.innerText.trim();
  const text = [figure.caption, inner || ocrText.trim(), ...figure.mentions.map((mention) => mention.text)].filter(
    Boolean,
  );
  return {
    text: text.join("\n"),
    source: !inner && ocrText.trim() ? "ocr" : "text",
    usage: { inputTokens: 0, outputTokens: 0 },
    cached: false,
  };
}
