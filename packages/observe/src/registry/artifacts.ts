import { ArgumentError, NotFoundError } from "@loam/core";
import {
  artifactAliases,
  artifactCollections,
  artifactMemberships,
  artifactUses,
  artifactVersions,
  type Database,
  newId,
  type Store,
} from "@loam/store";
import { and, asc, desc, eq, inArray, sql } from "drizzle-orm";

/** A sequence of versions of files; a portfolio holds links to versions of others. */
export interface ArtifactCollection {
  id: string;
  project: string;
  type: string;
  name: string;
  kind: "sequence" | "portfolio";
  description: string | null;
  tags: string[];
  createdAt: Date;
}

export interface Artifact {
  id: string;
  collectionId: string;
  version: number | null;
  state: "pending" | "committed" | "deleted";
  digest: string;
  description: string | null;
  metadata: unknown;
  wanted: string[];
  tags: string[];
  sizeBytes: number;
  fileCount: number;
  runId: string | null;
  clientId: string | null;
  createdAt: Date;
  updatedAt: Date;
}

/** A version's place in a collection. */
export interface Membership {
  collection: ArtifactCollection;
  version: number;
  artifact: Artifact;
  createdAt: Date;
}

export async function findCollection(
  store: Store,
  key: { project: string; name: string } | { id: string },
): Promise<ArtifactCollection | undefined> {
  const [row] = await store.db
    .select()
    .from(artifactCollections)
    .where(
      "id" in key
        ? eq(artifactCollections.id, key.id)
        : and(eq(artifactCollections.project, key.project), eq(artifactCollections.name, key.name)),
    );
  return row;
}

export async function listCollections(
  store: Store,
  { project, type }: { project?: string; type?: string },
): Promise<ArtifactCollection[]> {
  return await store.db
    .select()
    .from(artifactCollections)
    .where(
      and(
        project === undefined ? undefined : eq(artifactCollections.project, project),
        type === undefined ? undefined : eq(artifactCollections.type, type),
      ),
    )
    .orderBy(asc(artifactCollections.name));
}

/** The collection, made where there was none. @throws {ArgumentError} when it is of another type. */
export async function ensureCollection(
  store: Store,
  {
    project,
    type,
    name,
    kind = "sequence",
  }: Pick<ArtifactCollection, "project" | "type" | "name"> & { kind?: "sequence" | "portfolio" },
): Promise<ArtifactCollection> {
  await store.db
    .insert(artifactCollections)
    .values({ id: newId("col"), project, type, name, kind })
    .onConflictDoNothing();
  const found = (await findCollection(store, { project, name }))!;
  if (found.type !== type)
    throw new ArgumentError("type", type, `${found.type}, which is the type of the artifact ${name}`);
  return found;
}

/**
 * Begins a version. One with the same contents as a version that is committed is that version; only its aliases move.
 */
export async function createArtifact(
  store: Store,
  collection: ArtifactCollection,
  artifact: Pick<Artifact, "digest" | "description" | "metadata" | "wanted" | "runId" | "clientId"> & {
    reuse: boolean;
  },
): Promise<Artifact> {
  const { reuse, ...values } = artifact;
  if (reuse) {
    const [known] = await store.db
      .select()
      .from(artifactVersions)
      .where(
        and(
          eq(artifactVersions.collectionId, collection.id),
          eq(artifactVersions.digest, values.digest),
          eq(artifactVersions.state, "committed"),
        ),
      )
      .orderBy(desc(artifactVersions.version))
      .limit(1);
    if (known) {
      for (const alias of values.wanted) await setArtifactAlias(store.db, collection.id, alias, known.id);
      if (values.clientId)
        await store.db
          .update(artifactVersions)
          .set({ clientId: values.clientId })
          .where(eq(artifactVersions.id, known.id));
      return known;
    }
  }
  const [row] = await store.db
    .insert(artifactVersions)
    .values({ ...values, id: newId("art"), collectionId: collection.id, state: "pending" })
    .returning();
  return row!;
}

/** @throws {NotFoundError} */
export async function getArtifact(store: Store, id: string): Promise<Artifact> {
  const [row] = await store.db.select().from(artifactVersions).where(eq(artifactVersions.id, id));
  if (!row) throw new NotFoundError("artifact", id);
  return row;
}

export async function artifactOfClient(store: Store, clientId: string): Promise<Artifact | undefined> {
  const [row] = await store.db
    .select()
    .from(artifactVersions)
    .where(eq(artifactVersions.clientId, clientId))
    .orderBy(desc(artifactVersions.createdAt))
    .limit(1);
  return row;
}

/** Gives a version its number and its aliases, `latest` among them. Doing it again changes nothing. */
export async function commitArtifact(
  store: Store,
  id: string,
  { sizeBytes, fileCount }: { sizeBytes: number; fileCount: number },
): Promise<Artifact> {
  return await store.db.transaction(async (tx) => {
    const [artifact] = await tx.select().from(artifactVersions).where(eq(artifactVersions.id, id)).for("update");
    if (!artifact) throw new NotFoundError("artifact", id);
    if (artifact.state === "committed") return artifact;
    const version = await addMember(tx, artifact.collectionId, id);
    const [row] = await tx
      .update(artifactVersions)
      .set({ state: "committed", version, sizeBytes, fileCount, updatedAt: sql`now()` })
      .where(eq(artifactVersions.id, id))
      .returning();
    for (const alias of new Set([...artifact.wanted, "latest"]))
      await setArtifactAlias(tx, artifact.collectionId, alias, id);
    return row!;
  });
}

async function addMember(tx: Database, collectionId: string, artifactId: string): Promise<number> {
  await tx.select().from(artifactCollections).where(eq(artifactCollections.id, collectionId)).for("update");
  const [known] = await tx
    .select({ version: artifactMemberships.version })
    .from(artifactMemberships)
    .where(and(eq(artifactMemberships.collectionId, collectionId), eq(artifactMemberships.artifactId, artifactId)));
  if (known) return known.version;
  const [last] = await tx
    .select({ version: sql<number>`coalesce(max(${artifactMemberships.version}), -1)::int` })
    .from(artifactMemberships)
    .where(eq(artifactMemberships.collectionId, collectionId));
  const version = last!.version + 1;
  await tx.insert(artifactMemberships).values({ collectionId, artifactId, version });
  return version;
}

/** Puts a version into another collection too. @returns its number there. */
export async function linkArtifact(
  store: Store,
  collection: ArtifactCollection,
  artifactId: string,
  aliases: readonly string[],
): Promise<number> {
  return await store.db.transaction(async (tx) => {
    const version = await addMember(tx, collection.id, artifactId);
    for (const alias of new Set([...aliases, "latest"])) await setArtifactAlias(tx, collection.id, alias, artifactId);
    return version;
  });
}

export async function setArtifactAlias(
  db: Database,
  collectionId: string,
  alias: string,
  artifactId: string,
): Promise<void> {
  await db
    .insert(artifactAliases)
    .values({ collectionId, alias, artifactId })
    .onConflictDoUpdate({ target: [artifactAliases.collectionId, artifactAliases.alias], set: { artifactId } });
}

export async function deleteArtifactAlias(store: Store, collectionId: string, alias: string): Promise<void> {
  await store.db
    .delete(artifactAliases)
    .where(and(eq(artifactAliases.collectionId, collectionId), eq(artifactAliases.alias, alias)));
}

/** Aliases of some versions with the collections in which they hold. */
export async function artifactAliasesOf(
  store: Store,
  artifactIds: readonly string[],
): Promise<{ artifactId: string; alias: string; collection: ArtifactCollection }[]> {
  if (artifactIds.length === 0) return [];
  const rows = await store.db
    .select({ artifactId: artifactAliases.artifactId, alias: artifactAliases.alias, collection: artifactCollections })
    .from(artifactAliases)
    .innerJoin(artifactCollections, eq(artifactCollections.id, artifactAliases.collectionId))
    .where(inArray(artifactAliases.artifactId, [...artifactIds]));
  return rows;
}

/** The versions in a collection, newest first. */
export async function membersOf(store: Store, collection: ArtifactCollection): Promise<Membership[]> {
  const rows = await store.db
    .select({
      version: artifactMemberships.version,
      createdAt: artifactMemberships.createdAt,
      artifact: artifactVersions,
    })
    .from(artifactMemberships)
    .innerJoin(artifactVersions, eq(artifactVersions.id, artifactMemberships.artifactId))
    .where(and(eq(artifactMemberships.collectionId, collection.id), eq(artifactVersions.state, "committed")))
    .orderBy(desc(artifactMemberships.version));
  return rows.map((row) => ({ ...row, collection }));
}

/** The places of a version in all collections. */
export async function membershipsOf(store: Store, artifactId: string): Promise<Membership[]> {
  const rows = await store.db
    .select({
      version: artifactMemberships.version,
      createdAt: artifactMemberships.createdAt,
      artifact: artifactVersions,
      collection: artifactCollections,
    })
    .from(artifactMemberships)
    .innerJoin(artifactVersions, eq(artifactVersions.id, artifactMemberships.artifactId))
    .innerJoin(artifactCollections, eq(artifactCollections.id, artifactMemberships.collectionId))
    .where(eq(artifactMemberships.artifactId, artifactId));
  return rows;
}

/** A version by `name:alias`, `name:v3`, or the digest after the colon. */
export async function findMember(store: Store, project: string, name: string): Promise<Membership | undefined> {
  const [base, wanted = "latest"] = name.split(":") as [string, string | undefined];
  const collection = await findCollection(store, { project, name: base });
  if (!collection) return undefined;
  const members = await membersOf(store, collection);
  const aliases = await artifactAliasesOf(
    store,
    members.map(({ artifact }) => artifact.id),
  );
  const aliased = aliases.find(({ alias, collection: of }) => alias === wanted && of.id === collection.id);
  return members.find(
    ({ version, artifact }) =>
      artifact.id === aliased?.artifactId ||
      wanted === `v${version}` ||
      wanted === artifact.digest ||
      wanted === artifact.id,
  );
}

export async function useArtifact(store: Store, artifactId: string, runId: string): Promise<void> {
  await store.db.insert(artifactUses).values({ artifactId, runId }).onConflictDoNothing();
}

/** Ids of the runs that have used a version. */
export async function usersOfArtifact(store: Store, artifactId: string): Promise<string[]> {
  const rows = await store.db
    .select({ runId: artifactUses.runId })
    .from(artifactUses)
    .where(eq(artifactUses.artifactId, artifactId))
    .orderBy(asc(artifactUses.createdAt));
  return rows.map(({ runId }) => runId);
}

/** What a run has made, or used. */
export async function artifactsOfRun(store: Store, runId: string, how: "made" | "used"): Promise<Artifact[]> {
  if (how === "made")
    return await store.db
      .select()
      .from(artifactVersions)
      .where(and(eq(artifactVersions.runId, runId), eq(artifactVersions.state, "committed")))
      .orderBy(asc(artifactVersions.createdAt));
  const rows = await store.db
    .select({ artifact: artifactVersions })
    .from(artifactUses)
    .innerJoin(artifactVersions, eq(artifactVersions.id, artifactUses.artifactId))
    .where(eq(artifactUses.runId, runId))
    .orderBy(asc(artifactUses.createdAt));
  return rows.map(({ artifact }) => artifact);
}

/** @throws {NotFoundError} */
export async function updateArtifact(
  store: Store,
  id: string,
  changes: Partial<Pick<Artifact, "description" | "metadata" | "tags" | "state">>,
): Promise<Artifact> {
  const [row] = await store.db
    .update(artifactVersions)
    .set({ ...changes, updatedAt: sql`now()` })
    .where(eq(artifactVersions.id, id))
    .returning();
  if (!row) throw new NotFoundError("artifact", id);
  return row;
}
