import { NotFoundError } from "@loam/core";
import { newId, reportComments, reports, reportVersions, type Store } from "@loam/store";
import { and, asc, desc, eq, ilike, sql } from "drizzle-orm";
import { redactText } from "../secrets/secrets.ts";

/** A page of Markdown with live blocks. */
export interface Report {
  id: string;
  project: string | null;
  title: string;
  version: number;
  isTemplate: boolean;
  createdAt: Date;
  updatedAt: Date;
}

export interface ReportText extends Report {
  markdown: string;
}

export interface ReportComment {
  id: string;
  author: string | null;
  text: string;
  about: string | null;
  createdAt: Date;
}

export async function createReport(
  store: Store,
  {
    title,
    markdown,
    project = null,
    isTemplate = false,
  }: { title: string; markdown: string; project?: string | null; isTemplate?: boolean },
): Promise<ReportText> {
  const id = newId("report");
  const clean = { title: redactText(title), markdown: redactText(markdown) };
  await store.db.transaction(async (tx) => {
    await tx.insert(reports).values({ id, project, title: clean.title, version: 1, isTemplate });
    await tx.insert(reportVersions).values({ reportId: id, version: 1, ...clean });
  });
  return await getReport(store, id);
}

export async function listReports(
  store: Store,
  {
    project,
    query,
    limit = 100,
    offset = 0,
  }: { project?: string; query?: string; limit?: number; offset?: number } = {},
): Promise<Report[]> {
  return await store.db
    .select()
    .from(reports)
    .where(
      and(
        project === undefined ? undefined : eq(reports.project, project),
        query ? ilike(reports.title, `%${query.replace(/[\\%_]/g, "\\$&")}%`) : undefined,
      ),
    )
    .orderBy(desc(reports.updatedAt), asc(reports.id))
    .limit(limit)
    .offset(offset);
}

/** The report as it stands, or as it stood. @throws {NotFoundError} */
export async function getReport(store: Store, id: string, version?: number): Promise<ReportText> {
  const [report] = await store.db.select().from(reports).where(eq(reports.id, id));
  if (!report) throw new NotFoundError("report", id);
  const wanted = version ?? report.version;
  const [text] = await store.db
    .select()
    .from(reportVersions)
    .where(and(eq(reportVersions.reportId, id), eq(reportVersions.version, wanted)));
  if (!text) throw new NotFoundError("version of the report", `${id}, ${wanted}`);
  return { ...report, title: text.title, version: wanted, markdown: text.markdown };
}

/** Writes the next version, unless nothing is new. @throws {NotFoundError} */
export async function updateReport(
  store: Store,
  id: string,
  changes: { title?: string; markdown?: string; project?: string | null; isTemplate?: boolean },
): Promise<ReportText> {
  const { title, markdown, ...rest } = changes;
  await store.db.transaction(async (tx) => {
    const [report] = await tx.select().from(reports).where(eq(reports.id, id)).for("update");
    if (!report) throw new NotFoundError("report", id);
    const [text] = await tx
      .select()
      .from(reportVersions)
      .where(and(eq(reportVersions.reportId, id), eq(reportVersions.version, report.version)));
    const next = {
      title: title === undefined ? report.title : redactText(title),
      markdown: markdown === undefined ? text!.markdown : redactText(markdown),
    };
    const isNew = next.title !== text!.title || next.markdown !== text!.markdown;
    const version = report.version + Number(isNew);
    if (isNew) await tx.insert(reportVersions).values({ reportId: id, version, ...next });
    await tx
      .update(reports)
      .set({ ...rest, title: next.title, version, updatedAt: sql`now()` })
      .where(eq(reports.id, id));
  });
  return await getReport(store, id);
}

/** @throws {NotFoundError} */
export async function deleteReport(store: Store, id: string): Promise<void> {
  const gone = await store.db.delete(reports).where(eq(reports.id, id)).returning({ id: reports.id });
  if (gone.length === 0) throw new NotFoundError("report", id);
}

/** The versions that there are, newest first. */
export async function reportVersionsOf(
  store: Store,
  id: string,
): Promise<{ version: number; title: string; createdAt: Date }[]> {
  return await store.db
    .select({ version: reportVersions.version, title: reportVersions.title, createdAt: reportVersions.createdAt })
    .from(reportVersions)
    .where(eq(reportVersions.reportId, id))
    .orderBy(desc(reportVersions.version));
}

/** Oldest first. */
export async function reportCommentsOf(store: Store, id: string): Promise<ReportComment[]> {
  return await store.db
    .select({
      id: reportComments.id,
      author: reportComments.author,
      text: reportComments.text,
      about: reportComments.about,
      createdAt: reportComments.createdAt,
    })
    .from(reportComments)
    .where(eq(reportComments.reportId, id))
    .orderBy(asc(reportComments.createdAt));
}

/** @throws {NotFoundError} */
export async function commentOnReport(
  store: Store,
  id: string,
  comment: { text: string; author?: string; about?: string },
): Promise<ReportComment> {
  await getReport(store, id);
  const [row] = await store.db
    .insert(reportComments)
    .values({ ...comment, text: redactText(comment.text), id: newId("comment"), reportId: id })
    .returning();
  const { author, text, about, createdAt } = row!;
  return { id: row!.id, author, text, about, createdAt };
}
