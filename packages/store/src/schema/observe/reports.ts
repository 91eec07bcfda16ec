import { boolean, index, integer, pgTable, primaryKey, text, timestamp } from "drizzle-orm/pg-core";
import { createdAt, loggedJson, loggedText } from "../columns.ts";

/** A page of Markdown with live blocks. Its text stands in its versions. */
export const reports = pgTable(
  "reports",
  {
    id: text("id").primaryKey(),
    project: loggedText("project"),
    title: loggedText("title").notNull(),
    /** The newest version. */
    version: integer("version").notNull(),
    /** A report that others are begun from. */
    isTemplate: boolean("is_template").notNull().default(false),
    createdAt: createdAt(),
    updatedAt: timestamp("updated_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [index("reports_by_project").on(table.project, table.updatedAt)],
);

/** What a report said at one time. */
export const reportVersions = pgTable(
  "report_versions",
  {
    reportId: text("report_id")
      .notNull()
      .references(() => reports.id, { onDelete: "cascade" }),
    version: integer("version").notNull(),
    title: loggedText("title").notNull(),
    markdown: loggedText("markdown").notNull(),
    createdAt: createdAt(),
  },
  (table) => [primaryKey({ columns: [table.reportId, table.version] })],
);

/** What somebody says about a report. */
export const reportComments = pgTable(
  "report_comments",
  {
    id: text("id").primaryKey(),
    reportId: text("report_id")
      .notNull()
      .references(() => reports.id, { onDelete: "cascade" }),
    author: loggedText("author"),
    text: loggedText("text").notNull(),
    /** Of what was looked at: the name of a block or a heading. */
    about: loggedText("about"),
    extra: loggedJson("extra").$type<Record<string, unknown>>().notNull().default({}),
    createdAt: createdAt(),
  },
  (table) => [index("report_comments_by_report").on(table.reportId, table.createdAt)],
);
