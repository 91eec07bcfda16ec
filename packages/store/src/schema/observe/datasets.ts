import { index, integer, pgTable, primaryKey, serial, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";
import { createdAt, json, loggedJson, loggedText } from "../columns.ts";

/** A dataset of examples, made by hand, by a program or from traces. */
export const datasets = pgTable(
  "datasets",
  {
    id: text("id").primaryKey(),
    name: loggedText("name").notNull(),
    description: loggedText("description"),
    dataType: text("data_type").notNull().default("kv"),
    tags: loggedJson("tags").$type<Record<string, string>>().notNull().default({}),
    extra: loggedJson("extra").$type<Record<string, unknown>>().notNull().default({}),
    createdAt: createdAt(),
    modifiedAt: timestamp("modified_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [uniqueIndex("datasets_by_name").on(table.name)],
);

export const examples = pgTable(
  "examples",
  {
    id: text("id").primaryKey(),
    datasetId: text("dataset_id")
      .notNull()
      .references(() => datasets.id, { onDelete: "cascade" }),
    /** The order in which they were added. */
    seq: serial("seq").notNull(),
    inputs: json("inputs").$type<Record<string, unknown>>().notNull(),
    outputs: json("outputs").$type<Record<string, unknown>>(),
    metadata: json("metadata").$type<Record<string, unknown>>(),
    split: json("split").$type<string[]>(),
    sourceRunId: text("source_run_id"),
    createdAt: createdAt(),
    modifiedAt: timestamp("modified_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index("examples_by_dataset").on(table.datasetId, table.seq)],
);

/** Runs that wait for a person's judgement. */
export const annotationQueues = pgTable("annotation_queues", {
  id: text("id").primaryKey(),
  name: loggedText("name").notNull(),
  description: loggedText("description"),
  extra: loggedJson("extra").$type<Record<string, unknown>>().notNull().default({}),
  createdAt: createdAt(),
  updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
});

export const annotationItems = pgTable(
  "annotation_items",
  {
    queueId: text("queue_id")
      .notNull()
      .references(() => annotationQueues.id, { onDelete: "cascade" }),
    spanId: text("span_id").notNull(),
    position: serial("position").notNull(),
    reviews: integer("reviews").notNull().default(0),
    addedAt: timestamp("added_at", { withTimezone: true }).notNull().defaultNow(),
    doneAt: timestamp("done_at", { withTimezone: true }),
  },
  (table) => [primaryKey({ columns: [table.queueId, table.spanId] })],
);

/** A link under which one span with its tree can be read without a key. */
export const shares = pgTable(
  "shares",
  { token: text("token").primaryKey(), spanId: text("span_id").notNull(), createdAt: createdAt() },
  (table) => [uniqueIndex("shares_by_span").on(table.spanId)],
);
