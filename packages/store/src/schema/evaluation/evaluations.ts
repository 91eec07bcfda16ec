import { bigserial, boolean, index, pgTable, primaryKey, smallint, text, timestamp } from "drizzle-orm/pg-core";
import { cleanText, createdAt, loggedJson, loggedText } from "../columns.ts";

/** Evaluations: systems over a dataset. Where one stands is told by its work. */
export const evaluationRuns = pgTable(
  "evaluation_runs",
  {
    /** Its name and the time it began: `headlines-20261128-081502`. */
    id: text("id").primaryKey(),
    name: loggedText("name").notNull(),
    /** What was asked for. */
    spec: loggedJson("spec").notNull(),
    /**
     * The rows as they were when it began, so that every attempt has the same; null until they are made. JSON as text: cells are
     * known by hashes of rows, which another order of fields would change. As they were given while it is under
     * way; without secrets once it is through.
     */
    dataset: text("dataset"),
    /** What lists show of it: dataset, metrics, systems, and their numbers once it is through. */
    record: loggedJson("record").notNull(),
    /** Every output and score, without secrets; null until it is through. */
    results: text("results"),
    /** Every score of every row, without texts: what comparing reads. Null for runs of before, and until it is through. */
    scores: text("scores"),
    /** The work that makes it; null for one that came from a folder. */
    workId: text("work_id"),
    createdAt: createdAt(),
    finishedAt: timestamp("finished_at", { withTimezone: true }),
  },
  (table) => [index("evaluation_runs_by_time").on(table.createdAt), index("evaluation_runs_by_work").on(table.workId)],
);

/** What evaluations have made, cell by cell; a later one under the same key takes the place of an earlier. */
export const evaluationCells = pgTable(
  "evaluation_cells",
  {
    seq: bigserial("seq", { mode: "number" }).primaryKey(),
    run: text("run")
      .notNull()
      .references(() => evaluationRuns.id, { onDelete: "cascade" }),
    /** Hash of everything it depends on: runs take each other's cells by it. */
    key: text("key").notNull(),
    /** JSON as text, without secrets; an output that had one says so, and is asked for anew when it is needed again. */
    cell: text("cell").notNull(),
  },
  (table) => [
    index("evaluation_cells_by_run").on(table.run, table.seq),
    index("evaluation_cells_by_key").on(table.key),
  ],
);

/** What people say of rows and outputs. A row of its own has the system "". */
export const evaluationMarks = pgTable(
  "evaluation_marks",
  {
    run: text("run")
      .notNull()
      .references(() => evaluationRuns.id, { onDelete: "cascade" }),
    row: cleanText("row").notNull(),
    system: cleanText("system").notNull(),
    /** 1 good, −1 bad. */
    thumb: smallint("thumb"),
    note: loggedText("note"),
    pinned: boolean("pinned").notNull().default(false),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [primaryKey({ columns: [table.run, table.row, table.system] })],
);
