import {
  type Artifact,
  type ArtifactCollection,
  artifactAliasesOf,
  findCollection,
  findFilesByMd5,
  getFile,
  linkFile,
  listFiles,
  type Membership,
  membershipsOf,
  membersOf,
  readFileBytes,
  type StoredFile,
  searchRuns,
  usersOfArtifact,
} from "@loam/observe";
import type { Store } from "@loam/store";
import { connection, type Node } from "./execute.ts";
import { entity, entityInfo, fileNode, type Graph, type Json, projectInfo, runNode } from "./run-node.ts";
import { storageLink } from "./storage.ts";

/** Where the manifest of a version lies. */
export const manifestScope = (artifactId: string) => `manifest/${artifactId}`;
export const manifestPath = "wandb_manifest.json";
const contentScope = (artifactId: string) => `artifact/${artifactId}`;

export function collectionNode(graph: Graph, collection: ArtifactCollection): Node {
  const { store } = graph;
  return {
    __typename: collection.kind === "portfolio" ? "ArtifactPortfolio" : "ArtifactSequence",
    id: collection.id,
    name: collection.name,
    description: collection.description,
    state: "READY",
    createdAt: collection.createdAt.toISOString(),
    updatedAt: collection.createdAt.toISOString(),
    digestAlgorithm: "MANIFEST_MD5",
    project: projectInfo(collection.project),
    defaultArtifactType: { id: collection.type, name: collection.type },
    tags: { edges: collection.tags.map((name) => ({ node: tagNode(name) })) },
    latestArtifact: async () => {
      const [newest] = await membersOf(store, collection);
      return newest ? artifactNode(graph, newest.artifact) : null;
    },
    artifacts: async (args: Json) =>
      connection(
        await membersOf(store, collection),
        args,
        ({ artifact }) => artifactNode(graph, artifact),
        ({ version }) => ({ version: `v${version}` }),
      ),
    artifactMemberships: async (args: Json) =>
      connection(await membersOf(store, collection), args, (member) => membershipNode(graph, member)),
    artifactMembership: async ({ aliasName }: Json) => {
      const member = await memberOf(store, collection, String(aliasName));
      return member ? membershipNode(graph, member) : null;
    },
    aliases: async (args: Json) => {
      const members = await membersOf(store, collection);
      const aliases = await artifactAliasesOf(
        store,
        members.map(({ artifact }) => artifact.id),
      );
      return connection(
        aliases.filter((each) => each.collection.id === collection.id),
        args,
        ({ alias }) => aliasNode(collection, alias),
      );
    },
  };
}

async function memberOf(store: Store, collection: ArtifactCollection, alias: string): Promise<Membership | undefined> {
  const members = await membersOf(store, collection);
  const aliases = await artifactAliasesOf(
    store,
    members.map(({ artifact }) => artifact.id),
  );
  const id = aliases.find((each) => each.alias === alias && each.collection.id === collection.id)?.artifactId;
  return members.find(({ version, artifact }) => artifact.id === id || alias === `v${version}`);
}

function aliasNode(collection: ArtifactCollection, alias: string): Node {
  return {
    __typename: "ArtifactAlias",
    id: `${collection.id}:${alias}`,
    alias,
    artifactCollectionName: collection.name,
    artifactCollection: {
      __typename: collection.kind === "portfolio" ? "ArtifactPortfolio" : "ArtifactSequence",
      name: collection.name,
      project: projectInfo(collection.project),
    },
  };
}

function tagNode(name: string): Node {
  return { __typename: "Tag", id: name, name };
}

export function membershipNode(graph: Graph, { collection, version, artifact, createdAt }: Membership): Node {
  return {
    __typename: "ArtifactCollectionMembership",
    id: `${collection.id}:${artifact.id}`,
    versionIndex: version,
    createdAt: createdAt.toISOString(),
    aliases: async () =>
      (await artifactAliasesOf(graph.store, [artifact.id]))
        .filter((each) => each.collection.id === collection.id)
        .map(({ alias }) => aliasNode(collection, alias)),
    artifactCollection: collectionNode(graph, collection),
    artifact: artifactNode(graph, artifact),
    files: async ({ names, first, after }: Json) => await filesConnection(graph, artifact, names, { first, after }),
  };
}

export function artifactNode(graph: Graph, artifact: Artifact): Node {
  const { store, origin } = graph;
  const sequence = async () => (await findCollection(store, { id: artifact.collectionId }))!;
  return {
    __typename: "Artifact",
    id: artifact.id,
    state: artifact.state.toUpperCase(),
    digest: artifact.digest,
    digestAlgorithm: "MANIFEST_MD5",
    commitHash: artifact.id,
    versionIndex: artifact.version ?? 0,
    description: artifact.description,
    metadata: JSON.stringify(artifact.metadata ?? {}),
    ttlDurationSeconds: -2,
    ttlIsInherited: true,
    size: artifact.sizeBytes,
    fileCount: artifact.fileCount,
    historyStep: null,
    createdAt: artifact.createdAt.toISOString(),
    updatedAt: artifact.updatedAt.toISOString(),
    tags: artifact.tags.map(tagNode),
    artifactSequence: async () => collectionNode(graph, await sequence()),
    artifactType: async () => {
      const { type } = await sequence();
      return { id: type, name: type };
    },
    aliases: async () =>
      (await artifactAliasesOf(store, [artifact.id])).map(({ alias, collection }) => aliasNode(collection, alias)),
    currentManifest: {
      id: artifact.id,
      file: {
        id: artifact.id,
        directUrl: storageLink(origin, manifestScope(artifact.id), manifestPath),
        url: storageLink(origin, manifestScope(artifact.id), manifestPath),
      },
    },
    artifactMemberships: async (args: Json) =>
      connection(await membershipsOf(store, artifact.id), args, (member) => membershipNode(graph, member)),
    createdBy: async () => {
      if (!artifact.runId) return null;
      const [run] = await searchRuns(store, { ids: [artifact.runId] });
      return run ? runNode(graph, run) : null;
    },
    usedBy: async (args: Json) => {
      const runs = await searchRuns(store, { ids: await usersOfArtifact(store, artifact.id) });
      return connection(runs, args, (run) => runNode(graph, run));
    },
    files: async ({ names, first, after }: Json) => await filesConnection(graph, artifact, names, { first, after }),
    filesByManifestEntries: async ({ entries, first, after }: Json) => {
      const names = Array.isArray(entries) ? (entries as Json[]).map(({ name }) => String(name)) : undefined;
      return await filesConnection(graph, artifact, names, { first, after });
    },
    project: async () => projectInfo((await sequence()).project),
    entity: entityInfo,
    entityName: entity,
  };
}

async function filesConnection(
  { store, origin }: Graph,
  artifact: Artifact,
  names: unknown,
  page: { first: unknown; after: unknown },
): Promise<Node> {
  const files = await listFiles(store, contentScope(artifact.id));
  const byName = new Map(files.map((file) => [file.path, file]));
  // In the order in which they were asked for: a client joins the two lists by their places.
  const wanted =
    Array.isArray(names) && names.length > 0 ? (names as string[]).flatMap((name) => byName.get(name) ?? []) : files;
  return connection(wanted, page, (file) => fileNode(origin, contentScope(artifact.id), file));
}

interface ManifestEntry {
  digest?: string;
  size?: number;
}

/** What a manifest that was uploaded says: its files by their names. */
export async function readManifest(store: Store, artifactId: string): Promise<Record<string, ManifestEntry>> {
  let file: StoredFile;
  try {
    file = await getFile(store, manifestScope(artifactId), manifestPath);
  } catch {
    return {};
  }
  const manifest = JSON.parse(Buffer.from(await readFileBytes(store, file)).toString("utf8")) as {
    contents?: Record<string, ManifestEntry>;
  };
  return manifest.contents ?? {};
}

/** Files that a version shares with earlier ones are listed with it too; they were not sent again. */
export async function completeFiles(
  store: Store,
  artifactId: string,
): Promise<{ sizeBytes: number; fileCount: number }> {
  const contents = await readManifest(store, artifactId);
  const there = new Set((await listFiles(store, contentScope(artifactId))).map(({ path }) => path));
  const missing = Object.entries(contents).flatMap(([path, { digest }]) =>
    digest && !there.has(path) ? [digest] : [],
  );
  const elsewhere = await findFilesByMd5(store, missing);
  let sizeBytes = 0;
  for (const [path, { digest, size = 0 }] of Object.entries(contents)) {
    sizeBytes += size;
    if (there.has(path) || !digest) continue;
    const known = elsewhere.get(digest);
    if (known) await linkFile(store, known, contentScope(artifactId), path);
  }
  return { sizeBytes, fileCount: Object.keys(contents).length };
}
