import { parentPort, workerData } from "node:worker_threads";
import { PdfFailure, PdfFile } from "./pdf-file.ts";
import { loadPdfium } from "./pdfium.ts";
import type { OpenTicket, TaskResults, WorkerRequest, WorkerResponse } from "./protocol.ts";

/** The thread in which PDFium runs: one task at a time, files kept open between tasks. */
const port = parentPort!;
const loading = loadPdfium();
/** Where the pool sees which page PDFium is at, even while this thread hangs. */
const current = new Int32Array(workerData as SharedArrayBuffer);
const files = new Map<number, PdfFile>();
/** What the open files take in PDFium's memory, by key. */
const sizes = new Map<number, number>();

/** What PDFium may take beside the files themselves: a page of pictures takes some 100 MiB, a page that was made to hurt all there is. */
const mostWorkingBytes = 512 * 2 ** 20;
const grow = WebAssembly.Memory.prototype.grow;
/** A refusal is what C calls a `malloc` that failed: PDFium does without, or ends, and only the page is lost. */
WebAssembly.Memory.prototype.grow = function (pages) {
  const fileBytes = sizes.values().reduce((sum, size) => sum + size, 0);
  if (this.buffer.byteLength + pages * 65_536 > fileBytes + mostWorkingBytes)
    throw new RangeError(`PDFium asks for more than ${mostWorkingBytes / 2 ** 20} MiB`);
  return grow.call(this, pages);
};

port.on("message", async (request: WorkerRequest) => {
  const pdfium = await loading;
  try {
    const result = answer(request, (ticket) => {
      const known = files.get(ticket.key);
      if (known) return known;
      sizes.set(ticket.key, ticket.bytes.byteLength);
      const file = new PdfFile(pdfium, new Uint8Array(ticket.bytes), {
        password: ticket.password,
        onPage: (pageNumber) => Atomics.store(current, 0, pageNumber),
      });
      files.set(ticket.key, file);
      return file;
    });
    const response: WorkerResponse = { id: request.id, result, memoryBytes: pdfium.memoryBytes };
    port.postMessage(response, transferable(result));
  } catch (error) {
    // A trap inside WebAssembly leaves PDFium's memory in an unknown state: end, and the pool starts afresh.
    if (!(error instanceof PdfFailure)) throw error;
    const response: WorkerResponse = { id: request.id, failure: error.failure, memoryBytes: pdfium.memoryBytes };
    port.postMessage(response);
  }
});

function answer(request: WorkerRequest, open: (ticket: OpenTicket) => PdfFile): TaskResults[keyof TaskResults] {
  switch (request.task) {
    case "open":
      return open(request.document).describe();
    case "read":
      return open(request.document).readPage(request.pageNumber, request);
    case "text":
      return open(request.document).readTexts(request.pageNumber, request.count);
    case "render":
      return open(request.document).render(request.pageNumber, request);
    case "close":
      sizes.delete(request.document.key);
      files.get(request.document.key)?.close();
      files.delete(request.document.key);
      return null;
  }
}

function transferable(result: TaskResults[keyof TaskResults]): ArrayBuffer[] {
  if (result === null || Array.isArray(result) || !("data" in result || "crops" in result)) return [];
  if ("data" in result) return [result.data.buffer];
  return [...result.crops, ...(result.scan ? [result.scan] : [])].map(({ data }) => data.buffer);
}
