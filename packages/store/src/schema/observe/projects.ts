import { sql } from "drizzle-orm";
import { boolean, index, integer, pgTable, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";
import { createdAt, loggedJson, loggedText } from "../columns.ts";

/** What traces and runs are kept in: LangSmith's project, MLflow's experiment, W&B's project, OpenTelemetry's service. */
export const projects = pgTable(
  "projects",
  {
    /** MLflow's id, a decimal string on the wire; 0 is its default experiment. */
    id: integer("id").primaryKey().generatedByDefaultAsIdentity(),
    /** LangSmith's id. */
    uuid: text("uuid").notNull().default(sql`gen_random_uuid()::text`),
    name: loggedText("name").notNull(),
    description: loggedText("description"),
    tags: loggedJson("tags").$type<Record<string, string>>().notNull().default({}),
    /** Of the protocol that made it: LangSmith's `extra`. */
    extra: loggedJson("extra").$type<Record<string, unknown>>().notNull().default({}),
    /** `Retention` of `@loam/observe`: how long and how much of its traces is kept. */
    retention: loggedJson("retention").$type<Record<string, unknown>>(),
    /** Nothing of it is deleted until this is taken off. */
    legalHold: boolean("legal_hold").notNull().default(false),
    /** Set for an experiment over a dataset. */
    datasetId: text("dataset_id"),
    createdAt: createdAt(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
    endedAt: timestamp("ended_at", { withTimezone: true }),
    deletedAt: timestamp("deleted_at", { withTimezone: true }),
  },
  (table) => [
    uniqueIndex("projects_by_name").on(table.name),
    uniqueIndex("projects_by_uuid").on(table.uuid),
    index("projects_by_dataset").on(table.datasetId),
  ],
);
