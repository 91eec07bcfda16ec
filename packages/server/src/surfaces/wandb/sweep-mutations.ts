import { ArgumentError, InputError } from "@loam/core";
import {
  createAgent,
  createSweep,
  endTrial,
  keepTrial,
  nextTrial,
  recordOf,
  type SweepState,
  setSweepState,
  settleSweep,
  sweepOfAgent,
  trialShouldStop,
  trialsOf,
} from "@loam/observe";
import type { Store } from "@loam/store";
import { parse as parseYaml } from "yaml";
import { text } from "./given-values.ts";
import { findRun, sweepNode } from "./queries.ts";
import { type Graph, type Json, stopRun } from "./run-node.ts";

const sweepStates: Record<string, SweepState> = {
  RUNNING: "running",
  PENDING: "running",
  PAUSED: "paused",
  FINISHED: "finished",
  STOPPED: "finished",
  CANCELED: "stopped",
  CANCELLED: "stopped",
};

/** Mutations of sweeps and their agents. @throws {ArgumentError} @throws {InputError} for inputs that do not fit. */
export function sweepMutations(graph: Graph): Record<string, (input: Json) => Promise<unknown>> {
  const { store } = graph;
  return {
    upsertSweep: async (input) => {
      if (typeof input.state === "string" && input.id) {
        const state = sweepStates[input.state.toUpperCase()];
        if (!state) throw new ArgumentError("state", input.state, Object.keys(sweepStates).join(", "));
        return {
          sweep: sweepNode(graph, await setSweepState(store, String(input.id), state)),
          configValidationWarnings: [],
        };
      }
      const source = text(input, "config");
      const sweep = await createSweep(store, {
        project: typeof input.projectName === "string" && input.projectName ? input.projectName : "uncategorized",
        config: readYaml(source),
        source,
        ...(input.id ? { id: String(input.id) } : {}),
      });
      return { sweep: sweepNode(graph, sweep), configValidationWarnings: [] };
    },
    createAgent: async (input) => {
      const host = typeof input.host === "string" ? input.host : null;
      const id = await createAgent(store, text(input, "sweep"), host);
      return { agent: { id, name: id, host } };
    },
    agentHeartbeat: async (input) => {
      const id = text(input, "id");
      const state =
        typeof input.runState === "string"
          ? (JSON.parse(input.runState || "{}") as Json)
          : (recordOf(input.runState) ?? {});
      return { agent: { id }, commands: JSON.stringify(await commandsFor(store, id, state)) };
    },
    upsertSweepState: async (input) => {
      await setSweepState(store, text(input, "id"), sweepStates[text(input, "state").toUpperCase()] ?? "running");
      return { success: true };
    },
  };
}

function readYaml(source: string): unknown {
  try {
    return parseYaml(source);
  } catch (cause) {
    throw new InputError("invalid_sweep", `The sweep's configuration is no YAML: ${(cause as Error).message}`, {
      hint: "correct the line that is named",
      cause,
    });
  }
}

/** What an agent is to do next. It does the first of the commands only. */
async function commandsFor(store: Store, agentId: string, runState: Json): Promise<Json[]> {
  const { id: sweepId, project, config } = await sweepOfAgent(store, agentId);
  const mine = (await trialsOf(store, sweepId)).filter(
    ({ worker, state }) => worker === agentId && state === "running",
  );
  let busy = false;
  for (const { run } of mine) {
    if (runState[run]) {
      busy = true;
      await keepTrial(store, sweepId, run);
      if (await trialShouldStop(store, sweepId, run)) {
        await endTrial(store, sweepId, run, "stopped");
        const found = await findRun(store, project, run);
        if (found) await stopRun(store, found);
        return [{ type: "stop", run_id: run }];
      }
    } else {
      const found = await findRun(store, project, run);
      await endTrial(store, sweepId, run, found?.status === "failed" ? "failed" : "finished");
    }
  }
  if (busy) return [];
  const state = await settleSweep(store, sweepId);
  if (state === "finished" || state === "stopped") return [{ type: "exit" }];
  const trial = await nextTrial(store, sweepId, agentId);
  if (!trial) return (await settleSweep(store, sweepId)) === "finished" ? [{ type: "exit" }] : [];
  return [
    {
      type: "run",
      run_id: trial.run,
      args: Object.fromEntries(Object.entries(trial.nested).map(([key, value]) => [key, { value }])),
      program: config.program ?? "",
      ...(config.command ? { command: config.command } : {}),
    },
  ];
}
