import { yamlForPython } from "@loam/core";
import {
  artifactOfClient,
  findCollection,
  findMember,
  findProject,
  getArtifact,
  listCollections,
  listProjects,
  listSweeps,
  membersOf,
  type Project,
  type StoredRun,
  type Sweep,
  searchRuns,
  trialsOf,
} from "@loam/observe";
import { runs, type Store } from "@loam/store";
import { eq, or, sql } from "drizzle-orm";
import { artifactNode, collectionNode, membershipNode } from "./artifact-node.ts";
import { connection, type Node } from "./execute.ts";
import { runFilterOf, runOrderOf } from "./run-filter.ts";
import { entity, entityInfo, type Graph, type Json, nameOf, projectInfo, runNode, userNode } from "./run-node.ts";

/** What can be asked. */
export function queryRoot(graph: Graph): Node {
  const { store } = graph;
  const project = async ({ name }: Json) => {
    const found = typeof name === "string" ? await findProject(store, { name }) : undefined;
    if (found && !found.deletedAt) return projectNode(graph, found.name, found);
    return typeof name === "string" && isRegistry(name) ? projectNode(graph, name) : null;
  };
  const viewer: Node = {
    ...userNode,
    entity,
    flags: "{}",
    admin: true,
    deletedAt: null,
    defaultEntity: entityInfo,
    teams: { edges: [{ node: { id: entity, name: entity } }] },
    apiKeys: { edges: [] },
    organizations: [{ name: entity, orgEntity: { name: entity } }],
  };
  return {
    viewer,
    user: viewer,
    serverInfo: {
      cliVersionInfo: { min_cli_version: "0.10.0", max_cli_version: "1.0.0" },
      latestLocalVersionInfo: null,
      features: [],
      frontendHost: graph.origin,
    },
    entity: ({ name }: Json) => ({
      ...entityInfo,
      name: typeof name === "string" ? name : entity,
      user: { organizations: [{ name: entity, orgEntity: { name: entity } }] },
      project,
    }),
    organization: {
      id: entity,
      name: entity,
      orgEntity: {
        id: entity,
        name: entity,
        entityType: "TEAM",
        artifactCollections: async (args: Json) => {
          const all = (await listCollections(store, {})).filter(({ project: of }) => isRegistry(of));
          return connection(all, args, (each) => collectionNode(graph, each));
        },
        artifactMemberships: async (args: Json) => {
          const all = (await listCollections(store, {})).filter(({ project: of }) => isRegistry(of));
          const members = (await Promise.all(all.map((each) => membersOf(store, each)))).flat();
          return connection(members, args, (member) => membershipNode(graph, member));
        },
      },
    },
    project,
    // A run is begun in a project that may not be there yet.
    model: async (args: Json) => (await project(args)) ?? projectNode(graph, String(args.name ?? "uncategorized")),
    models: async (args: Json) =>
      connection(await listProjects(store, { limit: 1000 }), args, (each) => projectNode(graph, each.name, each)),
    projects: async (args: Json) =>
      connection(await listProjects(store, { limit: 1000 }), args, (each) => projectNode(graph, each.name, each)),
    artifact: async ({ id }: Json) => artifactNode(graph, await getArtifact(store, String(id))),
    artifactCollection: async ({ id }: Json) => {
      const found = await findCollection(store, { id: String(id) });
      return found ? collectionNode(graph, found) : null;
    },
    clientIDMapping: async ({ clientID }: Json) => {
      const found = await artifactOfClient(store, String(clientID));
      return found ? { serverID: found.id } : null;
    },
  };
}

export function isRegistry(project: string): boolean {
  return project.startsWith("wandb-registry-") || project === "model-registry";
}

/** @returns the run that a client calls by this name in a project. */
export async function findRun(store: Store, project: string, name: string): Promise<StoredRun | undefined> {
  const [run] = await searchRuns(store, {
    experiments: [project],
    where: or(eq(runs.externalId, name), eq(runs.id, name)),
    limit: 1,
  });
  return run;
}

function projectNode(graph: Graph, name: string, project?: Project): Node {
  const { store } = graph;
  const run = async ({ name: wanted }: Json) => {
    const found = await findRun(store, name, String(wanted));
    return found ? runNode(graph, found) : null;
  };
  const collection = async ({ name: wanted }: Json) => {
    const found = await findCollection(store, { project: name, name: String(wanted).split(":")[0]! });
    return found ? collectionNode(graph, found) : null;
  };
  const artifactType = (type: string): Node => ({
    __typename: "ArtifactType",
    id: type,
    name: type,
    description: null,
    createdAt: new Date(0).toISOString(),
    artifactCollection: collection,
    artifactSequence: collection,
    artifactCollections: async (args: Json) =>
      connection(await listCollections(store, { project: name, type }), args, (each) => collectionNode(graph, each)),
  });
  return {
    ...projectInfo(name, project),
    description: project?.description ?? "",
    isBenchmark: false,
    readOnly: false,
    access: "USER_READ",
    views: "{}",
    allowAllArtifactTypesInRegistry: true,
    user: userNode,
    run,
    bucket: run,
    runs: async ({ filters, order, first, after }: Json) => {
      const where = runFilterOf(filters);
      const from = typeof after === "string" && /^\d{1,9}$/.test(after) ? Number(after) : 0;
      const limit = typeof first === "number" && first > 0 ? Math.min(first, 1000) : 100;
      const found = await searchRuns(store, {
        experiments: [name],
        where,
        orderBy: runOrderOf(order),
        limit: limit + 1,
        offset: from,
      });
      const page = found.slice(0, limit);
      return {
        totalCount: async () => await countRuns(store, name, filters),
        edges: page.map((each, i) => ({ node: runNode(graph, each), cursor: String(from + i + 1) })),
        pageInfo: { hasNextPage: found.length > limit, endCursor: page.length > 0 ? String(from + page.length) : null },
      };
    },
    runCount: async ({ filters }: Json) => await countRuns(store, name, filters),
    totalRuns: async () => await countRuns(store, name, undefined),
    sweep: async ({ sweepName }: Json) => {
      const found = (await listSweeps(store, { project: name, limit: 1000 })).find(({ id }) => id === sweepName);
      return found ? sweepNode(graph, found) : null;
    },
    sweeps: async (args: Json) =>
      connection(await listSweeps(store, { project: name }), args, (each) => sweepNode(graph, each)),
    totalSweeps: async () => (await listSweeps(store, { project: name, limit: 1000 })).length,
    artifact: async ({ name: wanted }: Json) => {
      const member = await findMember(store, name, String(wanted));
      return member ? artifactNode(graph, member.artifact) : null;
    },
    artifactCollection: collection,
    artifactCollectionMembership: async ({ name: wanted }: Json) => {
      const member = await findMember(store, name, String(wanted));
      return member ? membershipNode(graph, member) : null;
    },
    artifactCollections: async (args: Json) =>
      connection(await listCollections(store, { project: name }), args, (each) => collectionNode(graph, each)),
    artifactType: ({ name: type }: Json) => artifactType(String(type)),
    artifactTypes: async (args: Json) => {
      const types = [...new Set((await listCollections(store, { project: name })).map(({ type }) => type))];
      return connection(types, args, artifactType);
    },
    allViews: (args: Json) => connection([], args, () => null),
  };
}

async function countRuns(store: Store, project: string, filters: unknown): Promise<number> {
  const [row] = await store.db
    .select({ count: sql<number>`count(*)::int` })
    .from(runs)
    .where(sql`${eq(runs.experiment, project)} and ${runs.deletedAt} is null and ${runFilterOf(filters) ?? sql`true`}`);
  return row!.count;
}

/** A sweep as the client reads it. */
export function sweepNode(graph: Graph, sweep: Sweep): Node {
  const { store } = graph;
  const ofSweep = async () =>
    await searchRuns(store, {
      experiments: [sweep.project],
      where: sql`${runs.origin} ->> 'sweep' = ${sweep.id}`,
      orderBy: runOrderOf("+created_at"),
    });
  return {
    __typename: "Sweep",
    id: sweep.id,
    name: sweep.id,
    displayName: sweep.name,
    description: null,
    method: sweep.config.method,
    state: sweep.state.toUpperCase(),
    config: sweep.source ?? yamlForPython(sweep.config),
    createdAt: sweep.createdAt.toISOString(),
    updatedAt: sweep.createdAt.toISOString(),
    project: projectInfo(sweep.project),
    controllerRunName: null,
    bestLoss: async () => {
      const values = (await trialsOf(store, sweep.id)).flatMap(({ value }) => (value === null ? [] : [value]));
      const best = values.length > 0 ? Math.min(...values) : null;
      return best !== null && sweep.config.metric?.goal === "maximize" ? -best : best;
    },
    runCount: async () => (await ofSweep()).length,
    runCountExpected: null,
    runs: async (args: Json) => connection(await ofSweep(), args, (run) => runNode(graph, run)),
    agents: { edges: [] },
    runName: async () => (await ofSweep()).map(nameOf),
  };
}
