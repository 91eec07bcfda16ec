/** What kinds of objects an account has. */
export const importedKinds = ["files", "vector_stores", "assistants", "threads", "fine_tuning", "evals"] as const;
export type ImportedKind = (typeof importedKinds)[number];

/** What became of the objects of one kind. */
export interface ImportReport {
  kind: ImportedKind;
  imported: number;
  /** Were there already. */
  known: number;
  leftOut: { id: string; reason: string }[];
}

/** Counts objects as they come. */
export class Tally {
  readonly report: ImportReport;

  constructor(kind: ImportedKind) {
    this.report = { kind, imported: 0, known: 0, leftOut: [] };
  }

  /** @param isNew whether the object was not there yet */
  note(isNew: boolean): void {
    if (isNew) this.report.imported++;
    else this.report.known++;
  }

  leaveOut(id: string, reason: string): void {
    this.report.leftOut.push({ id, reason });
  }
}
