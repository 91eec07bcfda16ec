import { artifactCollections, artifactUses, artifactVersions, registryVersions, runs, type Store } from "@loam/store";
import { eq, inArray } from "drizzle-orm";
import { aliasesOf, getEntry } from "./registry.ts";

/** A thing in the line from data to deployment. */
interface LineageNode {
  /** `run:<id>`, `version:<name>/<n>`, `data:<name>`, `artifact:<name>:v<n>`, `alias:<name>@<alias>`. */
  id: string;
  type: "data" | "artifact" | "run" | "version" | "alias";
  label: string;
  /** The id by which its own page is found; null where it has none. */
  ref: string | null;
}

export interface Lineage {
  nodes: LineageNode[];
  /** From what came first to what was made of it. */
  edges: { from: string; to: string }[];
}

/** Where the versions of a name come from, and where they are used. @throws {NotFoundError} */
export async function lineageOf(store: Store, name: string): Promise<Lineage> {
  await getEntry(store, name);
  const nodes = new Map<string, LineageNode>();
  const edges = new Map<string, { from: string; to: string }>();
  const add = (node: LineageNode) => void nodes.set(node.id, node);
  const join = (from: string, to: string) => void edges.set(`${from}\n${to}`, { from, to });
  const versions = await store.db.select().from(registryVersions).where(eq(registryVersions.name, name));
  for (const { version } of versions)
    add({ id: `version:${name}/${version}`, type: "version", label: `${name} v${version}`, ref: String(version) });
  for (const [alias, version] of Object.entries((await aliasesOf(store, [name])).get(name) ?? {})) {
    add({ id: `alias:${name}@${alias}`, type: "alias", label: `@${alias}`, ref: `registry:${name}@${alias}` });
    join(`version:${name}/${version}`, `alias:${name}@${alias}`);
  }
  const runIds = [...new Set(versions.flatMap(({ runId }) => (runId ? [runId] : [])))];
  if (runIds.length > 0) {
    const made = await store.db
      .select({ id: runs.id, name: runs.name, origin: runs.origin, params: runs.params })
      .from(runs)
      .where(inArray(runs.id, runIds));
    for (const run of made) {
      add({ id: `run:${run.id}`, type: "run", label: run.name, ref: run.id });
      for (const data of datasetsOf(run)) {
        add({ id: `data:${data}`, type: "data", label: data, ref: null });
        join(`data:${data}`, `run:${run.id}`);
      }
    }
    for (const { version, runId } of versions)
      if (runId && nodes.has(`run:${runId}`)) join(`run:${runId}`, `version:${name}/${version}`);
    const used = await store.db
      .select({
        runId: artifactUses.runId,
        id: artifactVersions.id,
        version: artifactVersions.version,
        name: artifactCollections.name,
      })
      .from(artifactUses)
      .innerJoin(artifactVersions, eq(artifactVersions.id, artifactUses.artifactId))
      .innerJoin(artifactCollections, eq(artifactCollections.id, artifactVersions.collectionId))
      .where(inArray(artifactUses.runId, runIds));
    for (const artifact of used) {
      const id = `artifact:${artifact.name}:v${artifact.version ?? "?"}`;
      add({ id, type: "artifact", label: id.slice("artifact:".length), ref: artifact.id });
      join(id, `run:${artifact.runId}`);
    }
  }
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

/** The data that a run says it was made from: MLflow's inputs, and the file of a recipe. */
function datasetsOf({
  origin,
  params,
}: {
  origin: Record<string, unknown>;
  params: Record<string, unknown>;
}): string[] {
  const inputs = Array.isArray(origin.inputs) ? (origin.inputs as { dataset?: { name?: unknown } }[]) : [];
  const named = inputs.flatMap(({ dataset }) => (typeof dataset?.name === "string" ? [dataset.name] : []));
  const path = (params.data as { path?: unknown } | undefined)?.path;
  return [...new Set([...named, ...(typeof path === "string" ? [path] : [])])];
}
