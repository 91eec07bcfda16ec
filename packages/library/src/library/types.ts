import type { OnProgress } from "@loam/core";
import type { Embedder, Reranker } from "@loam/models";
import type { Box, DocumentKind, Figure, Page, PageStatus, Place } from "@loam/pdf";
import type { LanguageModel } from "ai";
import type { z } from "zod";
import type { Passage } from "../answer/evidence.ts";
import type { Unsupported } from "../answer/facts/unsupported.ts";
import type { ExtractedRow } from "../extract/extract.ts";
import type { AskInput } from "../operations/ask.ts";
import type { SearchInput } from "../operations/search.ts";
import type { Refreshable, Refreshed } from "./refresh.ts";

/** The models a library uses, by role. Only `embed` is needed; what the others add is said where they are used. */
export interface LibraryModels {
  /** Writes answers. Without one, answers are the best supported sentences of the documents. */
  chat?: LanguageModel;
  /** Describes figures. Without one, a figure is known by its caption, its own text and the sentences that refer to it. */
  vision?: LanguageModel;
  /** Reorders the hits of a search by judging each against the question, when a search asks for it. */
  judge?: LanguageModel;
  /** Puts what a search found in order, reading question and passage together. */
  reranker?: Reranker;
  embed: Embedder;
}

/** `queued` and `reading` end in `ready` or `failed`; a document with some failed pages is still `ready`. */
export type DocumentStatus = "queued" | "reading" | "ready" | "failed";

export interface DocumentRecord {
  id: string;
  /** The file's name, without its folder. */
  name: string;
  /** The title the file states, or its first heading; the name otherwise. */
  title: string;
  /** Who wrote it, as the file states it. */
  author?: string;
  kind: DocumentKind;
  /** SHA-256 of the bytes, hex. Adding the same bytes twice gives the same document. */
  contentHash: string;
  sizeBytes: number;
  /** 0 until the file has been opened. */
  pageCount: number;
  status: DocumentStatus;
  pagesDone: number;
  pageStatuses: Record<PageStatus, number>;
  failedPages: { page: number; reason: string }[];
  /** Why the document failed, and what to do. */
  error?: { code: string; message: string; hint?: string };
  createdAt: Date;
}

/** What a figure shows, in words. `source` says where the words come from. */
export interface FigureDescriptionRecord {
  text: string;
  source: "vision" | "ocr" | "text";
  model?: string;
}

/** A figure without its picture, which `figureImage` gives. */
export interface FigureRecord extends Omit<Figure, "png"> {
  document: string;
  description?: FigureDescriptionRecord;
}

export type ChunkKind = "text" | "figure" | "table";

/** A place on a page: 1-based page, box in PDF points from the top left. */
export interface Region {
  page: number;
  box: Box;
}

/** A piece of a document as it is searched. */
export interface Chunk {
  id: string;
  kind: ChunkKind;
  text: string;
  /** The headings above the chunk, outermost first. */
  headings: string[];
  /** Where the chunk stands; a passage that runs over a page break has a region on both pages. */
  regions: Region[];
  /** Id of the figure (`p3-f1`), for figure and table chunks. */
  figure?: string;
}

/** A chunk with all that can be quoted from it: sentences, table rows, figure lines, each where it stands. */
export interface ChunkPassages {
  chunk: Chunk;
  passages: Passage[];
}

export interface SearchHit {
  chunk: Chunk;
  document: string;
  /** Higher is better; comparable within one search only. */
  score: number;
  /** 1-based rank on each side that found the chunk. */
  ranks: { vector?: number; keyword?: number };
  /** In a file without pages of its own: what a reader of that file would look for. */
  place?: Place;
}

/** What the operation `search` takes besides its query. */
export type SearchOptions = Omit<z.input<typeof SearchInput>, "query"> & { signal?: AbortSignal };

/** A place that supports a sentence. A quote over a page break gives two citations, one for each page. */
export interface Citation {
  document: string;
  page: number;
  /** Encloses the lines that hold the quote, or the figure. */
  box: Box;
  kind: ChunkKind;
  quote: string;
  figure?: string;
  /** In a file without pages of its own: what a reader of that file would look for. */
  place?: Place;
}

export interface AnswerSentence {
  text: string;
  /** Empty when nothing that was retrieved supports the sentence. */
  citations: Citation[];
  /** What the sentence says and the evidence it cites does not. */
  unsupported?: Unsupported;
}

/**
 * `generated` was written by the chat model, `extractive` is made of sentences of the documents, `refused`
 * says that the documents do not answer.
 */
export type AnswerMode = "generated" | "extractive" | "refused";

export interface Refusal {
  /** What the question asks for and the passages do not have, in the question's words: "2031", "turbine", "June". */
  missing: string[];
  /** The passages that came nearest, best first, at most three. */
  nearest: { text: string; citations: Citation[] }[];
}

export interface Answer {
  answer: string;
  mode: AnswerMode;
  sentences: AnswerSentence[];
  /** With `refused`: what was missing and what came nearest. */
  refusal?: Refusal;
  /** `provider:model` of the chat model, or what stood in for it (`local:extractive`). */
  model: string;
  /** Id of the trace, when tracing is on. */
  trace?: string;
  ms: number;
  /** Citations that named evidence which does not exist, or that the evidence does not bear out. */
  removedCitations: number;
  /** The model stopped in the middle: the sentence that it had not finished is left out. */
  cut?: true;
  /** Pass it to the next `ask` for a follow-up. */
  conversation?: string;
}

export type AnswerEvent =
  | { type: "evidence"; hits: SearchHit[] }
  | { type: "delta"; text: string }
  | { type: "sentence"; sentence: AnswerSentence }
  | { type: "done"; answer: Answer };

/** An answer on its way. Iterate for events, or await `result`; the work goes on either way. */
export interface AnswerStream extends AsyncIterable<AnswerEvent> {
  readonly result: Promise<Answer>;
}

/** What the operation `ask` takes besides its question. */
export type AskOptions = Omit<z.input<typeof AskInput>, "question"> & { signal?: AbortSignal };

export interface ConversationMessage {
  role: "user" | "assistant";
  text: string;
  /** The answer as it was given; assistant messages only. */
  answer?: Answer;
  createdAt: Date;
}

/** A file on disk by path, or bytes with a name. */
export type DocumentSource = string | { name: string; bytes: Uint8Array };

export interface AddOptions {
  /** Opens an encrypted file; kept only in memory. */
  password?: string;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/** Documents that can be searched and asked. Every method may be called at the same time as any other. */
export interface Library {
  /**
   * Reads a document to the end and makes it searchable. The same bytes give the same document; one that was
   * interrupted goes on at the page it had reached.
   *
   * @throws {InputError} `unsupported_file` for what nothing here reads. When a file of a known kind turns out to be
   *   damaged, the record stays, with status `failed`.
   */
  add(source: DocumentSource, options?: AddOptions): Promise<DocumentRecord>;
  /** Stores the document and queues the reading of it, for a worker here or in another process (`ingestKind`). */
  enqueue(source: DocumentSource, options?: Pick<AddOptions, "signal">): Promise<DocumentRecord>;
  /** All documents, newest first. */
  documents(): Promise<DocumentRecord[]>;
  /** @throws {NotFoundError} when there is no document with this id. */
  document(id: string): Promise<DocumentRecord>;
  /** The pages read so far, in order, without pictures. */
  pages(id: string): Promise<Page[]>;
  page(id: string, number: number): Promise<Page>;
  figures(id: string): Promise<FigureRecord[]>;
  /** What is searched of a document, in its order. */
  passages(id: string): Promise<ChunkPassages[]>;
  /** @returns a PNG of the page; 150 dpi when left out. */
  pageImage(id: string, number: number, options?: { dpi?: number; password?: string }): Promise<Uint8Array>;
  /** @returns the PNG of the figure's region. */
  figureImage(id: string, figureId: string): Promise<Uint8Array>;
  /** @returns the bytes that were added. */
  original(id: string): Promise<Uint8Array>;
  /** Removes the document with its pages, pictures and index entries. */
  remove(id: string): Promise<void>;
  /** Brings the index up to date and keeps it on disk, so that the next search need not, here or in another process. */
  prepare(): Promise<void>;
  search(query: string, options?: SearchOptions): Promise<SearchHit[]>;
  ask(question: string, options?: AskOptions): AnswerStream;
  /**
   * Reads the fields of a JSON Schema from documents (all that are ready when left out), a row a document or a record.
   *
   * @throws {ArgumentError} when the schema asks for what cannot be extracted.
   */
  extract(
    schema: unknown,
    options?: { documents?: readonly string[]; model?: boolean; signal?: AbortSignal },
  ): AsyncIterable<ExtractedRow>;
  /** How much a vision model that was set later could still look at. */
  refreshable(): Promise<Refreshable>;
  /**
   * Lets the vision model describe the figures that were read without one; of one document, or of all.
   *
   * @throws {UnavailableError} when no model plays the role `vision`.
   */
  refresh(options?: { document?: string; signal?: AbortSignal; onProgress?: OnProgress }): Promise<Refreshed>;
  /** @throws {NotFoundError} naming the first of these ids that no document has. */
  expectDocuments(ids: readonly string[] | undefined): Promise<void>;
  /** The messages of a conversation, oldest first. */
  conversation(id: string): Promise<ConversationMessage[]>;
  close(): Promise<void>;
}
