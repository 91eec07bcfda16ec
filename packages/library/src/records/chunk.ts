import type { Block, Box, Figure, Page } from "@loam/pdf";
import { coveredShare, PlacedText, splitSentences, splitTable, unionBox } from "@loam/pdf";
import type { ChunkKind, Region } from "../library/types.ts";

/** A chunk before it has an id and a vector. */
export interface ChunkDraft {
  kind: ChunkKind;
  text: string;
  headings: string[];
  regions: Region[];
  figure?: string;
  tokens: number;
}

export interface ChunkOptions {
  countTokens: (text: string) => number;
  /** A chunk is closed before it would grow beyond this. */
  maxTokens?: number;
  /** Sentences of up to this many tokens are repeated at the head of the next chunk. */
  overlapTokens?: number;
}

/** A sentence (or a piece of a very long one) and where it stands. */
interface Piece {
  text: string;
  tokens: number;
  regions: Region[];
}

/** A paper may name its main table on every page. */
const mentionsPerChunk = 6;

/**
 * Cuts pages, given in order, into chunks: running text by sentences with overlap, under the headings it stands
 * under and over page breaks; tables by rows with the header repeated. Running heads are kept once, captions go
 * with their figure ({@link figureChunk}).
 */
export class Chunker {
  readonly #countTokens: (text: string) => number;
  readonly #maxTokens: number;
  readonly #overlapTokens: number;
  #headings: { text: string; level: number; region: Region }[] = [];
  #pieces: Piece[] = [];
  /** Pieces at the head of `#pieces` that repeat the chunk before. */
  #repeated = 0;

  constructor({ countTokens, maxTokens = 128, overlapTokens = 32 }: ChunkOptions) {
    this.#countTokens = (text) => Math.max(countTokens(text), cjkCount(text));
    this.#maxTokens = maxTokens;
    this.#overlapTokens = overlapTokens;
  }

  /** The chunks that the page completes. */
  push(page: Page): ChunkDraft[] {
    const chunks: ChunkDraft[] = [];
    for (const block of page.blocks) {
      if (this.#isRepeatedMargin(block) || belongsToFigure(block, page.figures)) continue;
      if (block.kind === "heading") chunks.push(...this.#open(block, page.number));
      else if (block.kind === "table" && block.rows) chunks.push(...this.#table(block, block.rows, page));
      else for (const piece of this.#piecesOf(block, page.number)) chunks.push(...this.#take(piece));
    }
    return chunks;
  }

  /** What is left after the last page. */
  flush(): ChunkDraft[] {
    return [...this.#close(), ...this.#bareHeading()];
  }

  #open(block: Block, page: number): ChunkDraft[] {
    const chunks = this.#close();
    const level = block.level ?? 1;
    const replaced = this.#headings.findIndex((heading) => heading.level >= level);
    if (replaced >= 0) {
      chunks.push(...this.#bareHeading());
      this.#headings.length = replaced;
    }
    this.#headings.push({ text: oneLine(block.text), level, region: { page, box: block.box } });
    this.#headingUsed = false;
    return chunks;
  }

  /** Running heads seen, page numbers aside: the first is kept, so that nothing printed is lost to the search. */
  #margins = new Set<string>();

  #isRepeatedMargin({ kind, text }: Block): boolean {
    if (kind !== "header" && kind !== "footer") return false;
    const running = text.replace(/[\divxl\s\p{P}]+/giu, "");
    const seen = running === "" || this.#margins.has(running);
    this.#margins.add(running);
    return seen;
  }

  #headingUsed = true;

  /** A heading without text below it (a title page) is a chunk of its own, or it could not be found. */
  #bareHeading(): ChunkDraft[] {
    const last = this.#headings.at(-1);
    if (this.#headingUsed || !last) return [];
    this.#headingUsed = true;
    const headings = this.#headings.slice(0, -1).map(({ text }) => text);
    return [{ kind: "text", text: last.text, headings, regions: [last.region], tokens: this.#countTokens(last.text) }];
  }

  #take(piece: Piece): ChunkDraft[] {
    const used = this.#pieces.reduce((sum, { tokens }) => sum + tokens, 0);
    const chunks = used + piece.tokens > this.#maxTokens && this.#pieces.length > this.#repeated ? this.#cut() : [];
    this.#pieces.push(piece);
    return chunks;
  }

  /** Closes the chunk and keeps its last sentences for the next one. */
  #cut(): ChunkDraft[] {
    const pieces = this.#pieces;
    const chunks = this.#close();
    let tokens = 0;
    let from = pieces.length;
    while (from > 1 && tokens + pieces[from - 1]!.tokens <= this.#overlapTokens) tokens += pieces[--from]!.tokens;
    this.#pieces = pieces.slice(from);
    this.#repeated = this.#pieces.length;
    return chunks;
  }

  #close(): ChunkDraft[] {
    const pieces = this.#pieces;
    const fresh = pieces.length > this.#repeated;
    this.#pieces = [];
    this.#repeated = 0;
    if (!fresh) return [];
    const text = joinSentences(pieces.map((piece) => piece.text));
    return [this.#draft("text", text, joinRegions(pieces.flatMap((piece) => piece.regions)))];
  }

  #draft(kind: ChunkKind, text: string, regions: Region[], figure?: string): ChunkDraft {
    this.#headingUsed = true;
    const headings = this.#headings.map((heading) => heading.text);
    return { kind, text, headings, regions, figure, tokens: this.#countTokens(text) };
  }

  *#piecesOf(block: Block, page: number): Generator<Piece> {
    const placed = new PlacedText(block.lines.map((line) => ({ ...line, page })));
    for (const sentence of splitSentences(block.text)) {
      for (const text of this.#split(sentence)) {
        const found = placed.locate(text);
        const regions = found.length > 0 ? found : [{ page, box: block.box }];
        yield { text, tokens: this.#countTokens(text), regions };
      }
    }
  }

  /** A sentence that alone is longer than a chunk, in pieces at spaces (or anywhere in Chinese). */
  *#split(sentence: string): Generator<string> {
    const tokens = this.#countTokens(sentence);
    if (tokens <= this.#maxTokens) return yield sentence;
    const words = sentence.split(/(?<=[\s，；、,;])/u);
    const parts = words.length > 1 ? words : [...sentence];
    const perPiece = Math.max(1, Math.floor((parts.length * this.#maxTokens) / (tokens * 1.2)));
    for (let i = 0; i < parts.length; i += perPiece)
      yield parts
        .slice(i, i + perPiece)
        .join("")
        .trim();
  }

  #table(block: Block, rows: string[][], page: Page): ChunkDraft[] {
    const chunks = this.#close();
    const figure = page.figures.find((f) => f.kind === "table" && overlaps(f.box, block.box));
    const caption = figure?.caption ?? "";
    const { header, body } = splitTable(rows.map((row) => row.map(oneLine)));
    const head = [oneLine(caption), header.join(" | ")].filter(Boolean).join("\n");
    const headTokens = this.#countTokens(head);
    const region = { page: page.number, box: block.box };
    let lines: string[] = [];
    let tokens = headTokens;
    const close = () => {
      chunks.push(this.#draft("table", [head, ...lines].join("\n"), [region], figure?.id));
      [lines, tokens] = [[], headTokens];
    };
    for (const row of body) {
      const line = row.join(" | ");
      const size = this.#countTokens(line);
      if (lines.length > 0 && tokens + size > this.#maxTokens) close();
      lines.push(line);
      tokens += size;
    }
    if (lines.length > 0 || body.length === 0) close();
    return chunks;
  }
}

/**
 * The chunk of a figure: label and caption, what it shows in words, and the sentences that refer to it. Undefined
 * when nothing at all is known in words, or when it is a table whose rows are chunks already.
 */
export function figureChunk(
  figure: Figure,
  {
    description,
    headings = [],
    page,
    countTokens,
  }: {
    description?: string;
    headings?: string[];
    page: Page;
    countTokens: (text: string) => number;
  },
): ChunkDraft | undefined {
  const asRows = page.blocks.some((b) => b.kind === "table" && b.rows && overlaps(figure.box, b.box));
  if (figure.kind === "table" && asRows) return undefined;
  const caption = captionOf(figure);
  const mentions = figure.mentions.slice(0, mentionsPerChunk).map(({ text }) => text);
  // A description may repeat the caption and the mentions.
  const said = new Set([caption, figure.caption, ...figure.mentions.map(({ text }) => text)]);
  const shown = (description || figure.innerText).split("\n").filter((line) => !said.has(line));
  const text = [caption, ...shown, ...mentions].filter(Boolean).join("\n");
  if (!text.trim()) return undefined;
  const regions: Region[] = [{ page: figure.page, box: figure.box }];
  if (figure.captionBox) regions.push({ page: figure.page, box: figure.captionBox });
  const kind = figure.kind === "table" ? "table" : "figure";
  return { kind, text, headings, regions, figure: figure.id, tokens: Math.max(countTokens(text), cjkCount(text)) };
}

/** The caption with its label at the head, once. */
export function captionOf({ label, caption }: Pick<Figure, "label" | "caption">): string {
  if (!label || !caption) return oneLine(caption ?? label ?? "");
  return oneLine(caption.startsWith(label) ? caption : `${label}: ${caption}`);
}

/** Whether a block is a caption or words inside a figure, and so no running text. */
export function belongsToFigure(block: Block, figures: readonly Figure[]): boolean {
  if (block.kind === "table") return false;
  return figures.some(
    (figure) =>
      (figure.captionBox && block.kind === "caption" && coveredShare(block.box, figure.captionBox) > 0.5) ||
      (block.kind !== "heading" && coveredShare(block.box, figure.box) > 0.9 && figure.innerText.includes(block.text)),
  );
}

function overlaps(a: Box, b: Box): boolean {
  return Math.max(coveredShare(a, b), coveredShare(b, a)) > 0.5;
}

/** Regions of the same page that touch or overlap become one; their order stays. */
function joinRegions(regions: readonly Region[]): Region[] {
  const joined: Region[] = [];
  for (const region of regions) {
    const last = joined.at(-1);
    if (last && last.page === region.page && nextTo(last.box, region.box)) last.box = unionBox(last.box, region.box);
    else joined.push({ ...region });
  }
  return joined;
}

/** Whether `b` goes on in the column of `a`, at most two lines below. */
function nextTo(a: Box, b: Box): boolean {
  const sameColumn = Math.min(a[2], b[2]) - Math.max(a[0], b[0]) > 0;
  return sameColumn && b[1] >= a[1] - 2 && b[1] - a[3] < 30;
}

/** Joined with a space, except where Chinese meets Chinese. */
function joinSentences(sentences: readonly string[]): string {
  return sentences.reduce((text, sentence) => {
    const gap =
      text === "" || (/[\p{Script=Han}。！？；：，]$/u.test(text) && /^\p{Script=Han}/u.test(sentence)) ? "" : " ";
    return text + gap + sentence;
  }, "");
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** A Chinese character counts as a token at least: an English tokenizer may see a whole sentence as one unknown. */
function cjkCount(text: string): number {
  return text.match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu)?.length ?? 0;
}
