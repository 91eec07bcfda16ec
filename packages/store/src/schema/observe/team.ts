import { index, pgTable, text, timestamp, uniqueIndex } from "drizzle-orm/pg-core";
import { cleanText, createdAt } from "../columns.ts";

/** What somebody may do: everything, everything but the team itself and the settings, or read. */
export type TeamRole = "owner" | "editor" | "viewer";

/** A person or a program that works on this server with a key of its own. Of the key, only digests are kept. */
export const teamMembers = pgTable(
  "team_members",
  {
    id: text("id").primaryKey(),
    name: cleanText("name").notNull(),
    role: text("role").$type<TeamRole>().notNull(),
    /** The beginning of the key, by which its owner knows it again. */
    hint: text("hint").notNull(),
    /** SHA-256 of the key, and of the cookie that stands for it. */
    keyDigest: text("key_digest").notNull(),
    sessionDigest: text("session_digest").notNull(),
    seenAt: timestamp("seen_at", { withTimezone: true }),
    createdAt: createdAt(),
  },
  (table) => [
    uniqueIndex("team_members_by_key").on(table.keyDigest),
    uniqueIndex("team_members_by_session").on(table.sessionDigest),
  ],
);

/** A link that makes whoever opens it first a member. */
export const teamInvitations = pgTable(
  "team_invitations",
  {
    id: text("id").primaryKey(),
    role: text("role").$type<TeamRole>().notNull(),
    note: cleanText("note").notNull(),
    codeDigest: text("code_digest").notNull(),
    expiresAt: timestamp("expires_at", { withTimezone: true }).notNull(),
    createdAt: createdAt(),
  },
  (table) => [index("team_invitations_by_code").on(table.codeDigest)],
);
