import { randomBytes } from "node:crypto";
import { NotFoundError } from "@loam/core";
import {
  addAlert,
  artifactOfClient,
  checkPath,
  commitArtifact,
  createArtifact,
  createRun,
  deleteArtifactAlias,
  ensureCollection,
  ensureProject,
  findCollection,
  findFilesByMd5,
  getArtifact,
  getSweep,
  linkArtifact,
  linkFile,
  parseRelaxedJson,
  purgeRuns,
  recordOf,
  type StoredRun,
  searchRuns,
  setArtifactAlias,
  updateArtifact,
  updateRun,
  useArtifact,
} from "@loam/observe";
import { runs, type Store } from "@loam/store";
import { eq } from "drizzle-orm";
import {
  artifactNode,
  collectionNode,
  completeFiles,
  manifestPath,
  manifestScope,
  membershipNode,
} from "./artifact-node.ts";
import type { Node } from "./execute.ts";
import { list, text } from "./given-values.ts";
import { findRun, isRegistry } from "./queries.ts";
import { type Graph, type Json, nameOf, projectInfo, runNode, stopRun } from "./run-node.ts";
import { storageLink } from "./storage.ts";
import { sweepMutations } from "./sweep-mutations.ts";

/** What can be done. Each takes `input`. */
export function mutationRoot(graph: Graph): Node {
  const { store, origin } = graph;
  const root: Record<string, (input: Json) => Promise<unknown>> = {
    upsertBucket: async (input) => {
      const { run, inserted } = await upsertRun(store, input);
      return { bucket: runNode(graph, run), inserted };
    },
    upsertModel: async (input) => {
      const project = await ensureProject(store, text(input, "name", "id"));
      const node = projectInfo(project.name, project);
      return { project: node, model: node, inserted: true };
    },
    createRunFiles: async (input) => {
      const run = await runOf(store, input);
      const files = list(input, "files").map((file) => checkPath(String(file)));
      return {
        runID: run.id,
        uploadHeaders: [],
        files: files.map((name) => ({ name, uploadUrl: storageLink(origin, `run/${run.id}`, name) })),
      };
    },
    markRunFilesUploaded: async () => ({ success: true }),
    deleteRun: async (input) => {
      await purgeRuns(store, eq(runs.id, text(input, "id")));
      return { clientMutationId: input.clientMutationId ?? null, success: true };
    },
    stopRun: async (input) => {
      const [run] = await searchRuns(store, { ids: [text(input, "id")] });
      if (run) await stopRun(store, run);
      return { success: run !== undefined, clientMutationId: null };
    },
    notifyScriptableRunAlert: async (input) => {
      const run = await runOf(store, input);
      const severity = String(input.severity ?? "INFO").toLowerCase();
      await addAlert(store, {
        project: run.experiment,
        runId: run.id,
        title: text(input, "title"),
        text: String(input.text ?? ""),
        level: severity === "error" ? "error" : severity.startsWith("warn") ? "warn" : "info",
      });
      return { success: true };
    },
    ...artifactMutations(graph),
    ...sweepMutations(graph),
  };
  return Object.fromEntries(
    Object.entries(root).map(([name, resolve]) => [name, ({ input }: Json) => resolve(recordOf(input) ?? {})]),
  );
}

function artifactMutations(graph: Graph): Record<string, (input: Json) => Promise<unknown>> {
  const { store, origin } = graph;
  const manifest = (artifactId: string) => ({
    artifactManifest: {
      id: artifactId,
      file: {
        id: artifactId,
        uploadUrl: storageLink(origin, manifestScope(artifactId), manifestPath),
        uploadHeaders: [],
      },
    },
  });
  const aliasesIn = (input: Json) =>
    list(input, "aliases").map((each) => (typeof each === "string" ? each : text(each as Json, "alias")));
  return {
    createArtifactType: async (input) => ({ artifactType: { id: text(input, "name"), name: text(input, "name") } }),
    createArtifact: async (input) => {
      const names = list(input, "artifactCollectionNames").map(String);
      const name = names[0] ?? text(input, "artifactCollectionName", "sequenceName");
      const project = text(input, "projectName");
      await ensureProject(store, project);
      const collection = await ensureCollection(store, { project, type: text(input, "artifactTypeName"), name });
      const run = input.runName ? await findRun(store, project, String(input.runName)) : undefined;
      const artifact = await createArtifact(store, collection, {
        digest: text(input, "digest"),
        description: typeof input.description === "string" ? input.description : null,
        metadata: typeof input.metadata === "string" ? parseRelaxedJson(input.metadata) : (input.metadata ?? null),
        wanted: aliasesIn(input),
        runId: run?.id ?? null,
        clientId: typeof input.clientID === "string" ? input.clientID : null,
        reuse: input.enableDigestDeduplication === true,
      });
      return { artifact: artifactNode(graph, artifact) };
    },
    createArtifactManifest: async (input) => manifest(text(input, "artifactID")),
    updateArtifactManifest: async (input) => manifest(text(input, "artifactManifestID")),
    createArtifactFiles: async (input) => {
      const edges = [];
      const specs = list(input, "artifactFiles") as Json[];
      const there = await findFilesByMd5(
        store,
        specs.flatMap(({ md5 }) => (typeof md5 === "string" ? [md5] : [])),
      );
      for (const spec of specs) {
        const artifactId = text(spec, "artifactID");
        const name = checkPath(text(spec, "name"));
        const scope = `artifact/${artifactId}`;
        const known = there.get(String(spec.md5));
        if (known) await linkFile(store, known, scope, name);
        const node: Node = {
          id: `${scope}/${name}`,
          name,
          displayName: name,
          storagePath: `${artifactId}/${name}`,
          // Bytes that are here already are not sent again.
          uploadUrl: known ? null : storageLink(origin, scope, name),
          uploadHeaders: [],
          uploadMultipartUrls: null,
          artifact: { id: artifactId },
        };
        edges.push({ node });
      }
      return { files: { edges } };
    },
    completeMultipartUploadArtifact: async () => ({ digest: null }),
    commitArtifact: async (input) => {
      const id = text(input, "artifactID");
      const size = await completeFiles(store, id);
      return { artifact: artifactNode(graph, await commitArtifact(store, id, size)) };
    },
    useArtifact: async (input) => {
      const artifact = await getArtifact(store, text(input, "artifactID"));
      const run = await findRun(store, text(input, "projectName"), text(input, "runName"));
      if (run) await useArtifact(store, artifact.id, run.id);
      return { artifact: artifactNode(graph, artifact) };
    },
    linkArtifact: async (input) => {
      const client = typeof input.clientID === "string" ? await artifactOfClient(store, input.clientID) : undefined;
      const artifact = client ?? (await getArtifact(store, text(input, "artifactID")));
      const source = (await findCollection(store, { id: artifact.collectionId }))!;
      const project = typeof input.projectName === "string" && input.projectName ? input.projectName : source.project;
      const name = text(input, "artifactPortfolioName");
      if (!isRegistry(project)) await ensureProject(store, project);
      const collection = await ensureCollection(store, { project, type: source.type, name, kind: "portfolio" });
      const version = await linkArtifact(store, collection, artifact.id, aliasesIn(input));
      return {
        versionIndex: version,
        artifactMembership: membershipNode(graph, { collection, version, artifact, createdAt: new Date() }),
      };
    },
    unlinkArtifact: async (input) => {
      for (const alias of list(input, "aliases").map(String))
        await deleteArtifactAlias(store, text(input, "artifactPortfolioID"), alias);
      return { success: true };
    },
    addAliases: async (input) => {
      const artifact = await getArtifact(store, text(input, "artifactID"));
      for (const each of list(input, "aliases") as Json[]) {
        const collection = await collectionOf(store, each, artifact.collectionId);
        await setArtifactAlias(store.db, collection, text(each, "alias"), artifact.id);
      }
      return { success: true };
    },
    deleteAliases: async (input) => {
      const artifact = await getArtifact(store, text(input, "artifactID"));
      for (const each of list(input, "aliases") as Json[])
        await deleteArtifactAlias(store, await collectionOf(store, each, artifact.collectionId), text(each, "alias"));
      return { success: true };
    },
    updateArtifact: async (input) => {
      const id = text(input, "artifactID");
      const changed = await updateArtifact(store, id, {
        ...(typeof input.description === "string" ? { description: input.description } : {}),
        ...(typeof input.metadata === "string" ? { metadata: parseRelaxedJson(input.metadata) } : {}),
        ...(Array.isArray(input.tagsToAdd) || Array.isArray(input.tagsToDelete)
          ? {
              tags: [
                ...new Set([
                  ...(await getArtifact(store, id)).tags,
                  ...list(input, "tagsToAdd").map((tag) => text(tag as Json, "tagName")),
                ]),
              ].filter((tag) => !list(input, "tagsToDelete").some((each) => (each as Json).tagName === tag)),
            }
          : {}),
      });
      for (const each of list(input, "aliases") as Json[]) {
        const collection = await collectionOf(store, each, changed.collectionId);
        await setArtifactAlias(store.db, collection, text(each, "alias"), id);
      }
      return { artifact: artifactNode(graph, changed) };
    },
    deleteArtifact: async (input) => {
      const id = text(input, "artifactID");
      await updateArtifact(store, id, { state: "deleted" });
      return { artifact: { id } };
    },
    updateArtifactSequence: async (input) => {
      const found = await findCollection(store, { id: text(input, "artifactSequenceID") });
      return { artifactCollection: found ? collectionNode(graph, found) : null };
    },
  };
}

async function collectionOf(store: Store, alias: Json, otherwise: string): Promise<string> {
  if (typeof alias.artifactCollectionName !== "string" || typeof alias.projectName !== "string") return otherwise;
  const found = await findCollection(store, { project: alias.projectName, name: alias.artifactCollectionName });
  return found?.id ?? otherwise;
}

/** A run by its name; made where there was none. What is not given stays as it is. */
async function upsertRun(store: Store, input: Json): Promise<{ run: StoredRun; inserted: boolean }> {
  const byId = typeof input.id === "string" ? (await searchRuns(store, { ids: [input.id] }))[0] : undefined;
  const project =
    byId?.experiment ?? (typeof input.modelName === "string" && input.modelName ? input.modelName : "uncategorized");
  const name = byId
    ? nameOf(byId)
    : typeof input.name === "string" && input.name
      ? input.name
      : randomBytes(4).toString("hex");
  const before = byId ?? (await findRun(store, project, name));
  const config = typeof input.config === "string" ? (parseRelaxedJson(input.config) as Json) : recordOf(input.config);
  const { _wandb, ...values } = config ?? {};
  const wandbConfig = (recordOf(_wandb)?.value ?? _wandb) as Json | undefined;
  const params = Object.fromEntries(
    Object.entries(values).map(([key, value]) => [
      key,
      recordOf(value) && "value" in (value as Json) ? (value as Json).value : value,
    ]),
  );
  const given: Json = {
    group: input.groupName,
    job_type: input.jobType,
    notes: input.notes,
    description: input.description,
    tags: input.tags,
    commit: input.commit,
    host: input.host,
    program: input.jobProgram,
    repo: input.jobRepo,
    sweep: input.sweep,
    wandb_config: wandbConfig,
  };
  const origin = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined && value !== null));
  const displayName = typeof input.displayName === "string" && input.displayName ? input.displayName : undefined;
  const summary =
    typeof input.summaryMetrics === "string" ? (parseRelaxedJson(input.summaryMetrics) as Json) : undefined;
  let inserted = false;
  if (!before) {
    inserted = await createRun(store, {
      id: randomBytes(16).toString("hex"),
      kind: "wandb",
      experiment: project,
      name: displayName ?? name,
      externalId: name,
      params,
      summary: summary ?? {},
      origin,
    });
  } else {
    await updateRun(store, before.id, {
      ...(displayName ? { name: displayName } : {}),
      ...(config ? { params: { ...before.params, ...params } } : {}),
      ...(summary ? { summary } : {}),
      origin,
    });
  }
  const run = await findRun(store, project, name);
  if (!run) throw new NotFoundError("run", name);
  await updateRun(store, run.id, { heartbeatAt: new Date() });
  if (inserted && typeof input.sweep === "string" && input.sweep) await getSweep(store, input.sweep);
  return { run: (await findRun(store, project, name))!, inserted };
}

async function runOf(store: Store, input: Json): Promise<StoredRun> {
  const name = text(input, "runName", "run");
  const run = await findRun(store, text(input, "projectName", "project"), name);
  if (!run) throw new NotFoundError("run", name);
  return run;
}
