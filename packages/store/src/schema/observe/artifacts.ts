import { bigint, index, integer, pgTable, primaryKey, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";
import { createdAt, loggedJson, loggedText } from "../columns.ts";

/** A sequence of versions of files, as W&B's artifacts are. A portfolio holds links to versions of others. */
export const artifactCollections = pgTable(
  "artifact_collections",
  {
    id: text("id").primaryKey(),
    project: loggedText("project").notNull(),
    type: loggedText("type").notNull(),
    name: loggedText("name").notNull(),
    kind: text("kind").$type<"sequence" | "portfolio">().notNull().default("sequence"),
    description: loggedText("description"),
    tags: loggedJson("tags").$type<string[]>().notNull().default([]),
    createdAt: createdAt(),
  },
  (table) => [uniqueIndex("artifact_collections_by_name").on(table.project, table.name)],
);

export const artifactVersions = pgTable(
  "artifact_versions",
  {
    id: text("id").primaryKey(),
    collectionId: text("collection_id")
      .notNull()
      .references(() => artifactCollections.id, { onDelete: "cascade" }),
    /** Null until it is committed: then v0, v1, …. */
    version: integer("version"),
    state: text("state").$type<"pending" | "committed" | "deleted">().notNull(),
    digest: text("digest").notNull(),
    description: loggedText("description"),
    metadata: loggedJson("metadata"),
    /** Aliases to set when it is committed. */
    wanted: loggedJson("wanted").$type<string[]>().notNull().default([]),
    tags: loggedJson("tags").$type<string[]>().notNull().default([]),
    sizeBytes: bigint("size_bytes", { mode: "number" }).notNull().default(0),
    fileCount: integer("file_count").notNull().default(0),
    runId: text("run_id"),
    clientId: text("client_id"),
    createdAt: createdAt(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    uniqueIndex("artifact_versions_by_version").on(table.collectionId, table.version),
    index("artifact_versions_by_digest").on(table.collectionId, table.digest),
    index("artifact_versions_by_client_id").on(table.clientId),
  ],
);

/** A version's place in a collection: in its own, and in those that it was linked to, each with its own number. */
export const artifactMemberships = pgTable(
  "artifact_memberships",
  {
    collectionId: text("collection_id")
      .notNull()
      .references(() => artifactCollections.id, { onDelete: "cascade" }),
    version: integer("version").notNull(),
    artifactId: text("artifact_id")
      .notNull()
      .references(() => artifactVersions.id, { onDelete: "cascade" }),
    createdAt: createdAt(),
  },
  (table) => [
    primaryKey({ columns: [table.collectionId, table.version] }),
    index("artifact_memberships_by_artifact").on(table.artifactId),
  ],
);

export const artifactAliases = pgTable(
  "artifact_aliases",
  {
    collectionId: text("collection_id")
      .notNull()
      .references(() => artifactCollections.id, { onDelete: "cascade" }),
    alias: loggedText("alias").notNull(),
    artifactId: text("artifact_id")
      .notNull()
      .references(() => artifactVersions.id, { onDelete: "cascade" }),
  },
  (table) => [primaryKey({ columns: [table.collectionId, table.alias] })],
);

/** Lineage: which run has used which version. Which one has made it stands with the version. */
export const artifactUses = pgTable(
  "artifact_uses",
  {
    artifactId: text("artifact_id")
      .notNull()
      .references(() => artifactVersions.id, { onDelete: "cascade" }),
    runId: text("run_id").notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.artifactId, table.runId] })],
);
