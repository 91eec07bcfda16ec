import { type Database, pages } from "@loam/store";
import { asc, eq } from "drizzle-orm";
import type { PageSummaryJson } from "../surfaces/studio/schemas/document.ts";

/** Size and status of each page read so far, in one query and without the pages' text. */
export async function pageSummaries(db: Database, document: string): Promise<PageSummaryJson[]> {
  const rows = await db
    .select({
      number: pages.number,
      label: pages.label,
      widthPt: pages.widthPt,
      heightPt: pages.heightPt,
      status: pages.status,
      reason: pages.reason,
    })
    .from(pages)
    .where(eq(pages.documentId, document))
    .orderBy(asc(pages.number));
  return rows.map(({ label, reason, ...row }) => ({ ...row, label: label ?? undefined, reason: reason ?? undefined }));
}
