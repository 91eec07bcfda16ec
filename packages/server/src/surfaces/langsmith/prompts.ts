import { createHash } from "node:crypto";
import { InputError, NotFoundError } from "@loam/core";
import {
  aliasesOf,
  createEntry,
  createVersion,
  deleteEntry,
  findEntry,
  getEntry,
  latestVersions,
  listEntries,
  listVersions,
  type RegistryEntry,
  type RegistryVersion,
  setAlias,
  updateEntry,
} from "@loam/observe";
import { registryEntries, type Store } from "@loam/store";
import { sql } from "drizzle-orm";
import type { Context, Hono } from "hono";
import { numberQuery, readObject, requiredText, textField } from "./http.ts";
import { tenantId, toUuid } from "./ids.ts";
import type { Json } from "./read-run.ts";

/** Who owns the prompts, in paths that name an owner. */
const owner = "loam";

/** Prompts with their commits. They are the registry's prompts: what is committed here can be loaded from MLflow's client. */
export function promptRoutes(app: Hono, store: Store): void {
  app.get("/settings", (c) =>
    c.json({ id: tenantId, display_name: "Loam", created_at: new Date(0).toISOString(), tenant_handle: owner }),
  );
  const repo = async (name: string) => {
    const entry = await getEntry(store, name);
    const latest = (await latestVersions(store, [name])).get(name);
    return showRepo(entry, latest);
  };
  for (const path of ["/repos", "/repos/"])
    app.post(path, async (c) => {
      const { repo_handle, description, tags, ...rest } = await readObject(c);
      const name = requiredText({ repo_handle }, "repo_handle");
      if (await findEntry(store, name)) throw taken(name);
      await createEntry(store, {
        name,
        kind: "prompt",
        description: textField({ description }, "description") ?? null,
        extra: { ...rest, tags: Array.isArray(tags) ? tags : [] },
      });
      return c.json({ repo: await repo(name) });
    });
  for (const path of ["/repos", "/repos/"])
    app.get(path, async (c) => {
      const query = c.req.query("query");
      const entries = await listEntries(store, {
        kind: "prompt",
        where: query ? sql`position(lower(${query}) in lower(${registryEntries.name})) > 0` : undefined,
        limit: numberQuery(c, "limit", 20, 1000),
        offset: numberQuery(c, "offset", 0, 1e9),
      });
      const latest = await latestVersions(
        store,
        entries.map(({ name }) => name),
      );
      return c.json({
        repos: entries.map((entry) => showRepo(entry, latest.get(entry.name))),
        total: (await listEntries(store, { kind: "prompt", limit: 100_000 })).length,
      });
    });
  app.get("/repos/:owner/:name", async (c) => c.json({ repo: await repo(c.req.param("name")) }));
  app.patch("/repos/:owner/:name", async (c) => {
    const { description, ...rest } = await readObject(c);
    const name = c.req.param("name");
    const before = await getEntry(store, name);
    await updateEntry(store, name, {
      ...(typeof description === "string" ? { description } : {}),
      extra: { ...before.extra, ...rest },
    });
    return c.json({ repo: await repo(name) });
  });
  app.delete("/repos/:owner/:name", async (c) => {
    await deleteEntry(store, c.req.param("name"));
    return c.json({});
  });
  app.post("/repos/:owner/:name/tags", async (c) => {
    const body = await readObject(c);
    const commit = await commitOf(store, c.req.param("name"), String(body.commit_id ?? body.commit_hash ?? "latest"));
    await setAlias(store, c.req.param("name"), requiredText(body, "tag_name"), commit.version);
    return c.json({ tag_name: body.tag_name, commit_hash: commit.commit, commit_id: commitId(commit) });
  });
  app.get("/repos/:owner/:name/tags", async (c) => {
    const name = c.req.param("name");
    const versions = await listVersions(store, { name });
    const aliases = (await aliasesOf(store, [name])).get(name) ?? {};
    return c.json(
      Object.entries(aliases).map(([tag_name, number]) => ({
        tag_name,
        commit_hash: versions.find(({ version }) => version === number)?.commit ?? null,
      })),
    );
  });
  app.post("/likes/:owner/:name", (c) => c.json({ likes: 0 }));

  app.post("/commits/:owner/:name", async (c) => {
    const body = await readObject(c);
    const name = c.req.param("name");
    const latest = (await latestVersions(store, [name])).get(name);
    const parent = textField(body, "parent_commit");
    if (
      parent &&
      latest &&
      !latest.commit?.startsWith(parent) &&
      !(await listVersions(store, { name })).some(({ commit }) => commit?.startsWith(parent))
    )
      throw new InputError(
        "conflict",
        `\`parent_commit\` is ${JSON.stringify(parent)}, which is no commit of ${name}.`,
        { hint: "pull the prompt and commit on top of its last commit" },
      );
    const manifest = body.manifest ?? {};
    const commit = createHash("sha256")
      .update(JSON.stringify([name, latest?.commit ?? null, manifest]))
      .digest("hex");
    if (
      latest &&
      JSON.stringify(latest.content) === JSON.stringify({ manifest, parent: (latest.content as Json | null)?.parent })
    )
      throw new InputError("conflict", "Nothing to commit: the prompt has not changed since the last commit.", {
        hint: "change the prompt first",
      });
    const made = await createVersion(store, name, { commit, content: { manifest, parent: latest?.commit ?? null } });
    return c.json({ commit: showCommit(made, latest?.commit ?? null) });
  });
  app.get("/commits/:owner/:name", async (c) => {
    const name = c.req.param("name");
    await getEntry(store, name);
    const commits = await listVersions(store, {
      name,
      limit: numberQuery(c, "limit", 100, 1000),
      offset: numberQuery(c, "offset", 0, 1e9),
    });
    return c.json({
      commits: commits.map((commit) => showCommit(commit)),
      total: (await listVersions(store, { name })).length,
    });
  });
  app.get("/commits/:owner/:name/:commit", async (c: Context) => {
    const name = c.req.param("name")!;
    const found = await commitOf(store, name, c.req.param("commit")!);
    return c.json({
      commit_hash: found.commit ?? String(found.version),
      manifest: (found.content as Json | null)?.manifest ?? found.content ?? {},
      examples: [],
      is_draft: false,
    });
  });
}

/** A commit by its hash or the beginning of it, by a tag, or `latest`. */
async function commitOf(store: Store, name: string, wanted: string): Promise<RegistryVersion> {
  await getEntry(store, name);
  const versions = await listVersions(store, { name, limit: 10_000 });
  const tagged = (await aliasesOf(store, [name])).get(name)?.[wanted];
  const found =
    versions.find(({ version }) => version === tagged) ??
    (wanted === "latest"
      ? versions.reduce<RegistryVersion | undefined>((a, b) => (a && a.version > b.version ? a : b), undefined)
      : versions.find(({ commit, version }) => commit?.startsWith(wanted.toLowerCase()) || String(version) === wanted));
  if (!found) throw new NotFoundError("commit", `${name}:${wanted}`);
  return found;
}

function taken(name: string): InputError {
  return new InputError("already_exists", `There is a prompt called ${JSON.stringify(name)} already.`);
}

function commitId({ commit, version }: RegistryVersion): string {
  return toUuid((commit ?? String(version)).slice(0, 32).padStart(32, "0"));
}

function showCommit(version: RegistryVersion, parent?: string | null): Json {
  const content = version.content as Json | null;
  return {
    id: commitId(version),
    commit_hash: version.commit ?? String(version.version),
    parent_commit_hash: parent ?? content?.parent ?? null,
    manifest: content?.manifest ?? {},
    created_at: version.createdAt.toISOString(),
    updated_at: version.updatedAt.toISOString(),
    example_run_ids: [],
    num_downloads: 0,
    num_views: 0,
  };
}

function showRepo(entry: RegistryEntry, latest: RegistryVersion | undefined): Json {
  const { extra } = entry;
  return {
    id: toUuid(createHash("sha256").update(entry.name).digest("hex").slice(0, 32)),
    repo_handle: entry.name,
    full_name: `${owner}/${entry.name}`,
    owner,
    tenant_id: tenantId,
    description: entry.description,
    readme: extra.readme ?? "",
    is_public: extra.is_public ?? false,
    is_archived: extra.is_archived ?? false,
    tags: extra.tags ?? [],
    original_repo_id: null,
    upstream_repo_id: null,
    created_at: entry.createdAt.toISOString(),
    updated_at: entry.updatedAt.toISOString(),
    num_likes: 0,
    num_downloads: 0,
    num_views: 0,
    liked_by_auth_user: false,
    last_commit_hash: latest?.commit ?? null,
    num_commits: latest?.version ?? 0,
    latest_commit_manifest: latest
      ? { commit_hash: latest.commit, manifest: (latest.content as Json | null)?.manifest ?? {}, examples: [] }
      : null,
  };
}
