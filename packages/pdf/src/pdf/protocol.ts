import type { Box, Page } from "../document.ts";
import type { PageRaster } from "./render.ts";

/** What the pool asks a worker; `document` names the file, whose bytes lie in shared memory. */
export type WorkerRequest = { id: number; document: OpenTicket } & WorkerTask;

export interface OpenTicket {
  key: number;
  bytes: SharedArrayBuffer;
  password?: string;
}

export type WorkerTask =
  | { task: "open" }
  | { task: "read"; pageNumber: number; crops: boolean; avoid: readonly number[] }
  | { task: "text"; pageNumber: number; count: number }
  | { task: "render"; pageNumber: number; dpi: number; box?: Box }
  | { task: "close" };

export interface OpenResult {
  pageCount: number;
  title?: string;
  author?: string;
}

/** A page as the worker read it; `crops[i]` is the picture of `page.figures[i]`. */
export interface ReadResult {
  page: Page;
  crops: PageRaster[];
  /** Set when the page has no text layer to speak of: the whole page, to be recognised. */
  scan?: PageRaster;
}

/** The answer to each task. */
export interface TaskResults {
  open: OpenResult;
  read: ReadResult;
  text: string[];
  render: PageRaster;
  close: null;
}

/** A failure that the worker has words for; `code` becomes that of the InputError. */
export interface WorkerFailure {
  code: string;
  message: string;
  hint?: string;
  /** The page that PDFium was at: not always the one asked for, since a page is read with those around it. */
  pageNumber?: number;
}

export type WorkerResponse =
  | { id: number; result: TaskResults[keyof TaskResults]; memoryBytes: number }
  | { id: number; failure: WorkerFailure; memoryBytes: number };
