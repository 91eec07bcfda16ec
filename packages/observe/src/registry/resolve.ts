import { InputError, NotFoundError } from "@loam/core";
import { registryAliases, registryEntries, registryVersions, type Store } from "@loam/store";
import { and, desc, eq, sql } from "drizzle-orm";
import { getVersion, type RegistryVersion } from "./registry.ts";

/**
 * The version that `NAME@ALIAS`, `NAME/VERSION` or `NAME` (the newest) stands for.
 *
 * @throws {NotFoundError}
 */
export async function resolveVersion(store: Store, text: string): Promise<RegistryVersion> {
  const [, aliased, alias] = /^(.+)@([^@/]+)$/.exec(text) ?? [];
  if (aliased !== undefined) {
    const [row] = await store.db
      .select({ version: registryAliases.version })
      .from(registryAliases)
      .where(and(eq(registryAliases.name, aliased), eq(registryAliases.alias, alias!)));
    if (!row)
      throw new NotFoundError("registered alias", text, {
        hint: "`loam registry ls` lists the names with their aliases",
      });
    return await getVersion(store, aliased, row.version);
  }
  const [, numbered, number] = /^(.+)\/(\d{1,9})$/.exec(text) ?? [];
  if (numbered !== undefined) return await getVersion(store, numbered, Number(number));
  const [newest] = await store.db
    .select()
    .from(registryVersions)
    .where(eq(registryVersions.name, text))
    .orderBy(desc(registryVersions.version))
    .limit(1);
  if (!newest) throw new NotFoundError("registered name", text, { hint: "`loam registry ls` lists them" });
  return newest;
}

/** The model that a registered version is: `local:…`, `openai:…`. @throws {InputError} when it is none that can be called. */
export async function resolveRegistered(store: Store, text: string): Promise<string> {
  const { name, version, source } = await resolveVersion(store, text);
  if (isModelName(source)) return source;
  throw new InputError(
    "not_callable",
    `Version ${version} of ${JSON.stringify(name)} cannot be called: its source is ${JSON.stringify(source)}.`,
    {
      details: { name, version, source },
      hint: `give it a model to call: \`loam registry deploy ${name} --source local:…\``,
    },
  );
}

/** Every model of the registry that can be called, by the names that stand for it. */
export async function registeredModels(store: Store): Promise<{ id: string; target: string; createdAt: Date }[]> {
  const rows = await store.db
    .select({
      name: registryVersions.name,
      alias: registryAliases.alias,
      source: registryVersions.source,
      createdAt: registryVersions.createdAt,
    })
    .from(registryAliases)
    .innerJoin(
      registryVersions,
      and(eq(registryVersions.name, registryAliases.name), eq(registryVersions.version, registryAliases.version)),
    )
    .innerJoin(registryEntries, eq(registryEntries.name, registryAliases.name))
    .where(and(eq(registryEntries.kind, "model"), sql`${registryVersions.source} is not null`));
  return rows.flatMap(({ name, alias, source, createdAt }) =>
    isModelName(source) ? [{ id: `registry:${name}@${alias}`, target: source, createdAt }] : [],
  );
}

/** `provider:model`; addresses of files (`models:/…`, `s3://…`) are none, nor are names of this registry. */
function isModelName(source: string | null): source is string {
  return (
    source !== null && /^[a-z][a-z0-9_-]*:[^/\s]\S*$/i.test(source) && !/^(registry|runs|models|file):/i.test(source)
  );
}
