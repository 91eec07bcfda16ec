import type { DocumentJson } from "@loam/server";
import { expect, test } from "vitest";
import { applyEvent } from "../../api/documents.ts";
import { filterRows, toDocumentRow } from "./document-row.ts";

const paper: DocumentJson = {
  id: "doc_1",
  name: "loam-sample.pdf",
  kind: "pdf",
  title: "Soil and Rain 土壤与雨",
  contentHash: "ab",
  sizeBytes: 120_000,
  pageCount: 6,
  status: "reading",
  pagesDone: 3,
  pageStatuses: { text: 2, ocr: 1, empty: 0, failed: 0 },
  failedPages: [],
  createdAt: "2026-01-01T00:00:00.000Z",
};

test("a row counts pages as per cent and leaves out kinds of pages that do not occur", () => {
  const row = toDocumentRow(paper);
  expect(row.percent).toBe(50);
  expect(row.pageStatuses).toEqual([
    ["text", 2],
    ["ocr", 1],
  ]);
  expect(row.subtitle).toBe("loam-sample.pdf");
});

test("before the file is opened there is no per cent", () => {
  expect(toDocumentRow({ ...paper, pageCount: 0, pagesDone: 0 }).percent).toBeUndefined();
});

test("a protected file is locked, another failure is not", () => {
  const failed = { ...paper, status: "failed" as const };
  expect(toDocumentRow({ ...failed, error: { code: "password_required", message: "…" } }).locked).toBe(true);
  expect(toDocumentRow({ ...failed, error: { code: "broken_pdf", message: "…" } }).locked).toBe(false);
});

test("the filter wants every word, in title or name, in any order and case", () => {
  const rows = [toDocumentRow(paper)];
  expect(filterRows(rows, "rain SAMPLE")).toHaveLength(1);
  expect(filterRows(rows, "土壤")).toHaveLength(1);
  expect(filterRows(rows, "rain moon")).toHaveLength(0);
  expect(filterRows(rows, undefined)).toHaveLength(1);
});

test("events add, change and remove documents; the newest stands first", () => {
  const newer = { ...paper, id: "doc_2", createdAt: "2026-02-01T00:00:00.000Z" };
  const added = applyEvent([paper], { type: "changed", document: newer });
  expect(added.map(({ id }) => id)).toEqual(["doc_2", "doc_1"]);
  const changed = applyEvent(added, { type: "changed", document: { ...paper, pagesDone: 6 } });
  expect(changed.map(({ pagesDone }) => pagesDone)).toEqual([3, 6]);
  expect(applyEvent(changed, { type: "removed", id: "doc_2" }).map(({ id }) => id)).toEqual(["doc_1"]);
});
