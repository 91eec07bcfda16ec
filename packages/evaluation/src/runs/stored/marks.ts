import { evaluationMarks, type Store } from "@loam/store";
import { and, asc, eq } from "drizzle-orm";

/** What people say of an output, or of a row where the system is "". */
export interface EvaluationMark {
  row: string;
  system: string;
  /** 1 good, −1 bad. */
  thumb: 1 | -1 | null;
  note: string | null;
  pinned: boolean;
}

/** What is changed; what is left out stays. */
export type MarkChange = Partial<Pick<EvaluationMark, "thumb" | "note" | "pinned">>;

export async function listMarks({ db }: Store, run: string): Promise<EvaluationMark[]> {
  const rows = await db
    .select()
    .from(evaluationMarks)
    .where(eq(evaluationMarks.run, run))
    .orderBy(asc(evaluationMarks.row), asc(evaluationMarks.system));
  return rows.map(toMark);
}

/** Says something of a row or an output; what says nothing any more is forgotten. */
export async function setMark(
  { db }: Store,
  run: string,
  { row, system }: Pick<EvaluationMark, "row" | "system">,
  { thumb, note, pinned }: MarkChange,
): Promise<EvaluationMark> {
  const changes = {
    ...(thumb !== undefined && { thumb }),
    ...(note !== undefined && { note: note === null || note.trim() === "" ? null : note }),
    ...(pinned !== undefined && { pinned }),
    updatedAt: new Date(),
  };
  return await db.transaction(async (tx) => {
    const [kept] = await tx
      .insert(evaluationMarks)
      .values({ run, row, system, ...changes })
      .onConflictDoUpdate({
        target: [evaluationMarks.run, evaluationMarks.row, evaluationMarks.system],
        set: changes,
      })
      .returning();
    const mark = toMark(kept!);
    if (mark.thumb === null && mark.note === null && !mark.pinned)
      await tx
        .delete(evaluationMarks)
        .where(and(eq(evaluationMarks.run, run), eq(evaluationMarks.row, row), eq(evaluationMarks.system, system)));
    return mark;
  });
}

function toMark({ row, system, thumb, note, pinned }: typeof evaluationMarks.$inferSelect): EvaluationMark {
  return { row, system, thumb: thumb === 1 || thumb === -1 ? thumb : null, note, pinned };
}
