import { ArgumentError } from "@loam/core";
import { argument, type CommandGroup, choice, command, text, whole } from "../../command/command.ts";
import { diff, redactCommand, replay, scan, send, tail } from "./trace-more.ts";

const list = command({
  name: "ls",
  summary: "List recorded traces, newest first",
  options: {
    limit: whole("number of traces", { min: 1, max: 1000, otherwise: 20 }),
    query: text("only traces with this text in a name, input, output or error"),
    status: choice("only those that", ["ok", "error"]),
    project: text("only of this project", { value: "name" }),
    session: text("only of this conversation", { value: "id" }),
    model: text("only with a call of this model", { value: "model" }),
  },
  examples: [
    ["trace ls", "what ran lately, with tokens and cost"],
    ["trace ls --status error", "what failed"],
  ],
  run: async ({ limit, query, status, project, session, model, home }, io) => {
    const [{ openWorkspace }, { listTraces }, { table }, { cost, count, duration, moment }] = await Promise.all([
      import("../../command/workspace.ts"),
      import("@loam/observe"),
      import("../../terminal/table.ts"),
      import("../../terminal/units.ts"),
    ]);
    await using workspace = await openWorkspace({ home });
    const traces = await listTraces(workspace.store, { limit, query, status, project, session, model });
    io.result(traces, () =>
      table(
        traces.map((trace) => [
          trace.id.slice(0, 12),
          moment(trace.startedAt),
          trace.status,
          duration(trace.durationMs),
          count(trace.spans, "span"),
          trace.modelCalls > 0 ? `${trace.inputTokens}+${trace.outputTokens} tokens` : "",
          trace.modelCalls > 0 ? cost(trace.costUsd, trace) : "",
          trace.name,
        ]),
      ),
    );
    if (traces.length === 0) io.note("No traces yet.");
  },
});

const show = command({
  name: "show",
  summary: "Show a trace as a tree of its steps",
  args: { id: argument("the trace's id, or its first 8 or more digits") },
  examples: [["trace show 4bf92f3577b3", "each step with its duration, tokens and cost"]],
  run: async ({ id, home }, io) => {
    const [{ openWorkspace }, { getTrace }, { traceTree }] = await Promise.all([
      import("../../command/workspace.ts"),
      import("@loam/observe"),
      import("./show-trace.ts"),
    ]);
    await using workspace = await openWorkspace({ home });
    const trace = await getTrace(workspace.store, id);
    io.result(trace, () => traceTree(trace));
  },
});

const remove = command({
  name: "rm",
  summary: "Delete a trace, or all that are older than some days",
  args: { id: argument("the trace's id, or `old`") },
  options: {
    days: whole("with `old`: what ended more than this many days ago", { min: 0, max: 100_000, otherwise: 30 }),
  },
  examples: [["trace rm old --days 30", "keep the last month"]],
  run: async ({ id, days, home }, io) => {
    const [{ openWorkspace }, { deleteTrace, deleteTracesBefore, getTrace }] = await Promise.all([
      import("../../command/workspace.ts"),
      import("@loam/observe"),
    ]);
    if (id === "" || id.startsWith("-")) throw new ArgumentError("id", id, "a trace's id, or `old`");
    await using workspace = await openWorkspace({ home });
    const { store } = workspace;
    const deleted =
      id === "old"
        ? await deleteTracesBefore(store, new Date(Date.now() - days * 86_400_000))
        : Number(await deleteTrace(store, (await getTrace(store, id)).id));
    io.result({ deleted }, () => `${deleted} ${deleted === 1 ? "trace" : "traces"} deleted.`);
  },
});

export const traceGroup: CommandGroup = {
  name: "trace",
  summary: "Recorded runs: every step and model call",
  commands: [list, show, tail, diff, send, replay, scan, redactCommand, remove],
};
