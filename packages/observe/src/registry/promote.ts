import { ArgumentError } from "@loam/core";
import { newId, registryAliases, registryEvents, registryVersions, type Store } from "@loam/store";
import { and, desc, eq, sql } from "drizzle-orm";
import { redactText } from "../secrets/secrets.ts";
import { getVersion } from "./registry.ts";

/** Stages as MLflow has them; any other word is one as well. */
export const knownStages = ["None", "Staging", "Production", "Archived"] as const;

/** What was decided about a version. */
export interface RegistryEvent {
  id: string;
  name: string;
  version: number | null;
  action: string;
  value: string | null;
  comment: string | null;
  author: string | null;
  createdAt: Date;
}

export interface Promotion {
  version: number;
  /** The name that points at it from now on. */
  alias?: string;
  /** The stage that it moves to; versions that were in it stay there unless `archive`. */
  stage?: string;
  archive?: boolean;
  comment?: string;
  author?: string;
}

/**
 * Points an alias at a version, or moves it to a stage, or both, and notes who said so and why.
 *
 * @throws {NotFoundError} @throws {ArgumentError} when neither is given.
 */
export async function promoteVersion(
  store: Store,
  name: string,
  { version, alias, stage, archive = false, comment, author }: Promotion,
): Promise<RegistryEvent[]> {
  if (alias === undefined && stage === undefined)
    throw new ArgumentError("alias", alias, "an alias, a stage or both", "say what the version becomes");
  if (alias !== undefined && !/^[^\s/@]{1,200}$/.test(alias))
    throw new ArgumentError("alias", alias, "up to 200 characters, none of them a space, `/` or `@`");
  await getVersion(store, name, version);
  return await store.db.transaction(async (tx) => {
    const events: (typeof registryEvents.$inferInsert)[] = [];
    const said = { name, version, comment: comment && redactText(comment), author };
    if (alias !== undefined) {
      await tx
        .insert(registryAliases)
        .values({ name, alias, version })
        .onConflictDoUpdate({ target: [registryAliases.name, registryAliases.alias], set: { version } });
      events.push({ ...said, id: newId("event"), action: "promoted", value: alias });
    }
    if (stage !== undefined) {
      if (archive)
        await tx
          .update(registryVersions)
          .set({ stage: "Archived", updatedAt: sql`now()` })
          .where(and(eq(registryVersions.name, name), eq(registryVersions.stage, stage)));
      await tx
        .update(registryVersions)
        .set({ stage, updatedAt: sql`now()` })
        .where(and(eq(registryVersions.name, name), eq(registryVersions.version, version)));
      events.push({ ...said, id: newId("event"), action: "stage", value: stage });
    }
    return await tx.insert(registryEvents).values(events).returning();
  });
}

/** Notes that somebody approved, refused or said something. @throws {NotFoundError} */
export async function noteVersion(
  store: Store,
  name: string,
  note: {
    version: number;
    action: "approved" | "refused" | "comment" | "deployed";
    value?: string;
    comment?: string;
    author?: string;
  },
): Promise<RegistryEvent> {
  await getVersion(store, name, note.version);
  const [row] = await store.db
    .insert(registryEvents)
    .values({ ...note, name, comment: note.comment && redactText(note.comment), id: newId("event") })
    .returning();
  return row!;
}

/** What was decided about a name's versions, newest first. */
export async function registryEventsOf(store: Store, name: string, limit = 500): Promise<RegistryEvent[]> {
  return await store.db
    .select()
    .from(registryEvents)
    .where(eq(registryEvents.name, name))
    .orderBy(desc(registryEvents.createdAt))
    .limit(limit);
}
