/**
 * The parts of the schema, each with migrations of its own (`migrations/<room>`), in the order in which they are
 * applied: a later room may refer to the tables of an earlier one. Rooms let lines of work that know nothing of each
 * other add tables without meeting in one journal.
 */
export const rooms = ["main", "work", "observe", "platform", "evaluation", "shared"] as const;

export type Room = (typeof rooms)[number];

/** The files of a room's schema, below `src/schema`. The first room came before there were others. */
export function roomSchema(room: Room): string {
  return room === "main" ? "*.ts" : `${room}/*.ts`;
}

/** The name under which a migration is remembered in the database. */
export function migrationTag(room: Room, tag: string): string {
  return room === "main" ? tag : `${room}/${tag}`;
}
