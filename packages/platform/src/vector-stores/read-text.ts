import { Worker } from "node:worker_threads";
import { InputError, measureZip } from "@loam/core";
import { openPdf, type Page, type Recogniser } from "@loam/rag";
import type { ConvertTask } from "./convert.worker.ts";

/** The most that is read as text, and that a Word document may hold when it is unpacked. */
const maxTextBytes = 64 * 1024 ** 2;
const maxUnpackedBytes = 256 * 1024 ** 2;
const convertMs = 60_000;

/**
 * The text of a file: PDF with its figures (recognised where there is no text), HTML, Word, and everything that is text
 * already (Markdown, JSON, code). What it is, its bytes say; the name decides only between kinds of text.
 *
 * @throws {InputError} `unsupported_file` for what cannot be read, `invalid_file` for what is damaged or has no text.
 */
export async function readText(
  name: string,
  bytes: Uint8Array,
  { recogniser, signal }: { recogniser?: Pick<Recogniser, "recognise">; signal?: AbortSignal } = {},
): Promise<string> {
  const text = await readAny(name, bytes, { recogniser, signal });
  if (text.trim() !== "") return text;
  throw new InputError("invalid_file", `${name} has no text that could be searched.`, { hint: "look at the file" });
}

async function readAny(
  name: string,
  bytes: Uint8Array,
  options: { recogniser?: Pick<Recogniser, "recognise">; signal?: AbortSignal },
): Promise<string> {
  const head = Buffer.from(bytes.subarray(0, 1024)).toString("latin1");
  if (head.includes("%PDF-")) return await readPdf(name, bytes, options);
  if (head.startsWith("PK\u0003\u0004")) return await readWord(name, bytes);
  const decoded = decode(name, bytes);
  const isHtml = /\.(?:x?html?)$/i.test(name) || /^\s*(?:<!doctype html|<html[\s>])/i.test(decoded.slice(0, 200));
  return isHtml ? await convert(name, { kind: "html", bytes: new TextEncoder().encode(decoded) }) : decoded;
}

async function readPdf(
  name: string,
  bytes: Uint8Array,
  options: { recogniser?: Pick<Recogniser, "recognise">; signal?: AbortSignal },
): Promise<string> {
  const pdf = await openPdf(bytes, { name, signal: options.signal }).catch((cause) => {
    throw cause instanceof InputError ? new InputError("invalid_file", cause.message, { cause }) : cause;
  });
  try {
    const pages: string[] = [];
    for (let number = 1; number <= pdf.info.pageCount; number++) {
      pages.push(pageText(await pdf.readPage(number, { ...options, figureImages: "none" })));
    }
    return pages.join("\n\n");
  } finally {
    pdf.close();
  }
}

/** Blocks in reading order; then what stands in figures and is in no block. */
function pageText({ blocks, figures }: Page): string {
  const said = blocks.map(({ text }) => text);
  const shown = figures.flatMap(({ caption, innerText }) =>
    [caption, innerText].filter((text) => text && !said.some((block) => block.includes(text))),
  );
  return [...said, ...shown].join("\n\n");
}

/** Office files are zip archives, and archives may unpack to anything: they are measured before they are read. */
async function readWord(name: string, bytes: Uint8Array): Promise<string> {
  const { entries } = await measureZip(name, bytes, { maxBytes: maxUnpackedBytes });
  if (!entries.includes("word/document.xml")) {
    throw new InputError("unsupported_file", `${name} is a zip archive and no Word document.`, {
      hint: "send its files one by one, or save a presentation or spreadsheet as PDF",
    });
  }
  return await convert(name, { kind: "docx", bytes });
}

/** @throws {InputError} when the bytes are no text. */
function decode(name: string, bytes: Uint8Array): string {
  if (bytes.length > maxTextBytes) {
    const size = `${Math.round(bytes.length / 1024 ** 2)} MiB`;
    throw new InputError(
      "invalid_file",
      `${name} is ${size}; up to ${maxTextBytes / 1024 ** 2} MiB of text are read.`,
      {
        hint: "split it",
      },
    );
  }
  const encoding =
    bytes[0] === 0xff && bytes[1] === 0xfe ? "utf-16le" : bytes[0] === 0xfe && bytes[1] === 0xff ? "utf-16be" : "utf-8";
  try {
    const text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch {
    // no text of that encoding
  }
  throw new InputError("unsupported_file", `${name} is neither a PDF, a Word document nor text in UTF-8 or UTF-16.`, {
    hint: "convert it to one of them",
  });
}

/** Runs a parser in a thread of its own, with a limit on its memory and its time. */
async function convert(name: string, task: ConvertTask): Promise<string> {
  const url = new URL(`./convert.worker${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url);
  const worker = new Worker(url, { workerData: task, resourceLimits: { maxOldGenerationSizeMb: 1024 } });
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<string>((resolve, reject) => {
      const fail = (why: string, cause?: unknown) =>
        reject(new InputError("invalid_file", `${name} cannot be read: ${why}.`, { hint: "save it again", cause }));
      timer = setTimeout(() => fail(`its parser took more than ${convertMs / 1000} s`), convertMs);
      worker.once("message", resolve);
      worker.once("error", (cause) => fail((cause as Error).message, cause));
      worker.once("exit", () => fail("its parser ended"));
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
