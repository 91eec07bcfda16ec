import { foreignKey, index, integer, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { createdAt, json, loggedJson, loggedText } from "../columns.ts";

const updatedAt = () => timestamp("updated_at", { withTimezone: true }).notNull().defaultNow();
const tags = () => loggedJson("tags").$type<Record<string, string>>().notNull().default({});

/** A named thing with versions: a model, a prompt, a dataset. */
export const registryEntries = pgTable("registry_entries", {
  name: loggedText("name").primaryKey(),
  kind: text("kind").$type<"model" | "prompt" | "dataset">().notNull(),
  description: loggedText("description"),
  tags: tags(),
  extra: loggedJson("extra").$type<Record<string, unknown>>().notNull().default({}),
  createdAt: createdAt(),
  updatedAt: updatedAt(),
});

export const registryVersions = pgTable(
  "registry_versions",
  {
    name: loggedText("name").notNull(),
    /** 1, 2, 3, … */
    version: integer("version").notNull(),
    description: loggedText("description"),
    /** Cleaned where they are written: a prompt of MLflow is among them. */
    tags: json("tags").$type<Record<string, string>>().notNull().default({}),
    stage: text("stage").notNull().default("None"),
    /** Where its files are: `models:/m-…`, `mlflow-artifacts:/…`. */
    source: loggedText("source"),
    runId: text("run_id"),
    modelId: text("model_id"),
    /** Of a prompt: the hash that names the commit, and what it holds. */
    commit: text("commit"),
    content: json("content"),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [
    primaryKey({ columns: [table.name, table.version] }),
    foreignKey({ columns: [table.name], foreignColumns: [registryEntries.name] })
      .onDelete("cascade")
      .onUpdate("cascade"),
    index("registry_versions_by_run").on(table.runId),
  ],
);

export const registryAliases = pgTable(
  "registry_aliases",
  { name: loggedText("name").notNull(), alias: loggedText("alias").notNull(), version: integer("version").notNull() },
  (table) => [
    primaryKey({ columns: [table.name, table.alias] }),
    foreignKey({ columns: [table.name], foreignColumns: [registryEntries.name] })
      .onDelete("cascade")
      .onUpdate("cascade"),
  ],
);

/** What was decided about a version: promoted, moved to a stage, approved, with what was said. */
export const registryEvents = pgTable(
  "registry_events",
  {
    id: text("id").primaryKey(),
    name: loggedText("name").notNull(),
    version: integer("version"),
    /** `promoted`, `stage`, `approved`, `refused`, `comment`, `deployed`. */
    action: text("action").notNull(),
    /** The alias or the stage. */
    value: loggedText("value"),
    comment: loggedText("comment"),
    author: loggedText("author"),
    createdAt: createdAt(),
  },
  (table) => [
    foreignKey({ columns: [table.name], foreignColumns: [registryEntries.name] })
      .onDelete("cascade")
      .onUpdate("cascade"),
    index("registry_events_by_name").on(table.name, table.createdAt),
  ],
);

/** A model as a run has logged it, before or without a place in the registry. */
export const loggedModels = pgTable(
  "logged_models",
  {
    id: text("id").primaryKey(),
    projectId: integer("project_id").notNull(),
    name: loggedText("name").notNull(),
    runId: text("run_id"),
    modelType: loggedText("model_type"),
    status: text("status").notNull(),
    params: loggedJson("params").$type<Record<string, string>>().notNull().default({}),
    tags: tags(),
    /** `[{ key, value, step, timestamp, run_id }]`, the newest of each key. */
    metrics: loggedJson("metrics").$type<Record<string, unknown>[]>().notNull().default([]),
    createdAt: createdAt(),
    updatedAt: updatedAt(),
  },
  (table) => [index("logged_models_by_project").on(table.projectId), index("logged_models_by_run").on(table.runId)],
);
