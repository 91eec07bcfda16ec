import type { DocumentJson } from "@loam/server";

/** What a row of the library shows. */
export interface DocumentRow {
  id: string;
  title: string;
  /** The file's name, where it says more than the title. */
  subtitle: string | undefined;
  status: DocumentJson["status"];
  /** 0 to 100 while it is read; undefined while the number of pages is unknown. */
  percent: number | undefined;
  pagesDone: number;
  pageCount: number;
  sizeBytes: number;
  createdAt: string;
  /** Kinds of pages with their number, without those that do not occur. */
  pageStatuses: [status: keyof DocumentJson["pageStatuses"], count: number][];
  failedPages: DocumentJson["failedPages"];
  error: DocumentJson["error"];
  /** Waits for its password. */
  locked: boolean;
  /** The pictures of its pages can be asked for. */
  openable: boolean;
}

const lockedCodes: ReadonlySet<string> = new Set(["password_required", "wrong_password"]);

export function toDocumentRow(document: DocumentJson): DocumentRow {
  const { title, name, pageCount, pagesDone, pageStatuses, error } = document;
  return {
    id: document.id,
    title: title || name,
    subtitle: title && title !== name ? name : undefined,
    status: document.status,
    percent: pageCount > 0 ? Math.min(100, Math.round((100 * pagesDone) / pageCount)) : undefined,
    pagesDone,
    pageCount,
    sizeBytes: document.sizeBytes,
    createdAt: document.createdAt,
    pageStatuses: (["text", "ocr", "empty", "failed"] as const)
      .map((status) => [status, pageStatuses[status] ?? 0] as [typeof status, number])
      .filter(([, count]) => count > 0),
    failedPages: document.failedPages,
    error,
    locked: error !== undefined && lockedCodes.has(error.code),
    openable: pagesDone > 0,
  };
}

/** Rows whose title or name holds every word of the filter, in any order. */
export function filterRows(rows: readonly DocumentRow[], filter: string | undefined): DocumentRow[] {
  const words = (filter ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    const text = `${row.title} ${row.subtitle ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
