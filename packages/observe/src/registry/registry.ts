import { NotFoundError } from "@loam/core";
import { registryAliases, registryEntries, registryVersions, type Store } from "@loam/store";
import { and, asc, desc, eq, inArray, type SQL, sql } from "drizzle-orm";
import { NameTakenError } from "../projects/name-taken.ts";
import { redact } from "../secrets/redact.ts";

export type RegistryKind = "model" | "prompt" | "dataset";

/** A named thing with versions. */
export interface RegistryEntry {
  name: string;
  kind: RegistryKind;
  description: string | null;
  tags: Record<string, string>;
  extra: Record<string, unknown>;
  createdAt: Date;
  updatedAt: Date;
}

export interface RegistryVersion {
  name: string;
  version: number;
  description: string | null;
  tags: Record<string, string>;
  stage: string;
  source: string | null;
  runId: string | null;
  modelId: string | null;
  commit: string | null;
  content: unknown;
  createdAt: Date;
  updatedAt: Date;
}

/** Names that point at versions. */
export type Aliases = Record<string, number>;

/** @throws {NameTakenError} when there is one of that name. */
export async function createEntry(
  store: Store,
  entry: Pick<RegistryEntry, "name" | "kind"> & Partial<Pick<RegistryEntry, "description" | "tags" | "extra">>,
): Promise<RegistryEntry> {
  const [row] = await store.db.insert(registryEntries).values(entry).onConflictDoNothing().returning();
  if (!row) throw new NameTakenError("name", entry.name, "a name that is not in the registry yet");
  return row;
}

export async function findEntry(store: Store, name: string): Promise<RegistryEntry | undefined> {
  const [row] = await store.db.select().from(registryEntries).where(eq(registryEntries.name, name));
  return row;
}

/** @throws {NotFoundError} */
export async function getEntry(store: Store, name: string): Promise<RegistryEntry> {
  const found = await findEntry(store, name);
  if (!found) throw new NotFoundError("registered name", name);
  return found;
}

export async function listEntries(
  store: Store,
  {
    kind,
    where,
    orderBy = [asc(registryEntries.name)],
    limit = 100,
    offset = 0,
  }: { kind?: RegistryKind; where?: SQL; orderBy?: readonly SQL[]; limit?: number; offset?: number } = {},
): Promise<RegistryEntry[]> {
  return await store.db
    .select()
    .from(registryEntries)
    .where(and(kind && eq(registryEntries.kind, kind), where))
    .orderBy(...orderBy)
    .limit(limit)
    .offset(offset);
}

/** Changes what is given; tags are added to those that there are. @throws {NotFoundError} */
export async function updateEntry(
  store: Store,
  name: string,
  { tags, ...changes }: Partial<Pick<RegistryEntry, "name" | "description" | "tags" | "extra">>,
): Promise<RegistryEntry> {
  if (changes.name !== undefined && changes.name !== name && (await findEntry(store, changes.name)))
    throw new NameTakenError("name", changes.name, "a name that is not in the registry yet");
  const [row] = await store.db
    .update(registryEntries)
    .set({
      ...changes,
      ...(tags && { tags: sql`${registryEntries.tags} || ${sql.param(tags, registryEntries.tags)}` }),
      updatedAt: sql`now()`,
    })
    .where(eq(registryEntries.name, name))
    .returning();
  if (!row) throw new NotFoundError("registered name", name);
  return row;
}

/** @throws {NotFoundError} */
export async function deleteEntry(store: Store, name: string): Promise<void> {
  await getEntry(store, name);
  await store.db.delete(registryEntries).where(eq(registryEntries.name, name));
}

/** Takes a tag away. */
export async function deleteEntryTag(store: Store, name: string, key: string): Promise<void> {
  await store.db
    .update(registryEntries)
    .set({ tags: sql`${registryEntries.tags} - ${key}::text`, updatedAt: sql`now()` })
    .where(eq(registryEntries.name, name));
}

export type NewVersion = Partial<
  Pick<RegistryVersion, "description" | "tags" | "source" | "runId" | "modelId" | "commit" | "content" | "stage">
>;

/** MLflow keeps a prompt in a tag; a prompt is somebody's work and stays as it is. */
const promptText = "mlflow.prompt.text";

function cleanTags(tags: Record<string, string>): Record<string, string> {
  const { [promptText]: prompt, ...others } = tags;
  const clean = redact(others, { maxStringChars: 2 ** 20, maxTotalChars: 2 ** 22 }) as Record<string, string>;
  return prompt === undefined ? clean : { ...clean, [promptText]: prompt };
}

/** Adds the next version. @throws {NotFoundError} when there is no such name. */
export async function createVersion(store: Store, name: string, version: NewVersion): Promise<RegistryVersion> {
  return await store.db.transaction(async (tx) => {
    // Two that come at once must not take one number.
    const [entry] = await tx
      .update(registryEntries)
      .set({ updatedAt: sql`now()` })
      .where(eq(registryEntries.name, name))
      .returning({ name: registryEntries.name });
    if (!entry) throw new NotFoundError("registered name", name);
    const [newest] = await tx
      .select({ version: sql<number>`coalesce(max(${registryVersions.version}), 0)::int` })
      .from(registryVersions)
      .where(eq(registryVersions.name, name));
    const [row] = await tx
      .insert(registryVersions)
      .values({ ...version, tags: cleanTags(version.tags ?? {}), name, version: newest!.version + 1 })
      .returning();
    return row!;
  });
}

export async function listVersions(
  store: Store,
  {
    name,
    where,
    orderBy = [desc(registryVersions.createdAt), desc(registryVersions.version)],
    limit = 1000,
    offset = 0,
  }: { name?: string; where?: SQL; orderBy?: readonly SQL[]; limit?: number; offset?: number } = {},
): Promise<RegistryVersion[]> {
  return await store.db
    .select()
    .from(registryVersions)
    .where(and(name === undefined ? undefined : eq(registryVersions.name, name), where))
    .orderBy(...orderBy)
    .limit(limit)
    .offset(offset);
}

/** @throws {NotFoundError} */
export async function getVersion(store: Store, name: string, version: number): Promise<RegistryVersion> {
  const [row] = await store.db.select().from(registryVersions).where(versionIs(name, version));
  if (!row) throw new NotFoundError("version", `${name}/${version}`);
  return row;
}

function versionIs(name: string, version: number): SQL {
  const known = Number.isSafeInteger(version) && Math.abs(version) < 2 ** 31 ? version : -1;
  return and(eq(registryVersions.name, name), eq(registryVersions.version, known))!;
}

/** @throws {NotFoundError} */
export async function updateVersion(
  store: Store,
  name: string,
  version: number,
  { tags, ...changes }: Partial<Pick<RegistryVersion, "description" | "tags" | "stage">>,
): Promise<RegistryVersion> {
  const [row] = await store.db
    .update(registryVersions)
    .set({
      ...changes,
      ...(tags && { tags: sql`${registryVersions.tags} || ${sql.param(cleanTags(tags), registryVersions.tags)}` }),
      updatedAt: sql`now()`,
    })
    .where(versionIs(name, version))
    .returning();
  if (!row) throw new NotFoundError("version", `${name}/${version}`);
  return row;
}

export async function deleteVersionTag(store: Store, name: string, version: number, key: string): Promise<void> {
  await store.db
    .update(registryVersions)
    .set({ tags: sql`${registryVersions.tags} - ${key}::text` })
    .where(versionIs(name, version));
}

/** Deletes a version and the names that point at it. @throws {NotFoundError} */
export async function deleteVersion(store: Store, name: string, version: number): Promise<void> {
  await getVersion(store, name, version);
  await store.db
    .delete(registryAliases)
    .where(and(eq(registryAliases.name, name), eq(registryAliases.version, version)));
  await store.db.delete(registryVersions).where(versionIs(name, version));
}

/** Points a name at a version, wherever it pointed before. @throws {NotFoundError} */
export async function setAlias(store: Store, name: string, alias: string, version: number): Promise<void> {
  await getVersion(store, name, version);
  await store.db
    .insert(registryAliases)
    .values({ name, alias, version })
    .onConflictDoUpdate({ target: [registryAliases.name, registryAliases.alias], set: { version } });
}

export async function deleteAlias(store: Store, name: string, alias: string): Promise<void> {
  await store.db.delete(registryAliases).where(and(eq(registryAliases.name, name), eq(registryAliases.alias, alias)));
}

/** The aliases of some names, by name. */
export async function aliasesOf(store: Store, names: readonly string[]): Promise<Map<string, Aliases>> {
  if (names.length === 0) return new Map();
  const rows = await store.db
    .select()
    .from(registryAliases)
    .where(inArray(registryAliases.name, [...names]));
  const byName = new Map<string, Aliases>(names.map((name) => [name, {}]));
  for (const { name, alias, version } of rows) byName.get(name)![alias] = version;
  return byName;
}

/** The newest version of each of some names. */
export async function latestVersions(store: Store, names: readonly string[]): Promise<Map<string, RegistryVersion>> {
  if (names.length === 0) return new Map();
  const rows = await store.db
    .selectDistinctOn([registryVersions.name])
    .from(registryVersions)
    .where(inArray(registryVersions.name, [...names]))
    .orderBy(registryVersions.name, desc(registryVersions.version));
  return new Map(rows.map((row) => [row.name, row]));
}
