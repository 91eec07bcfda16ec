import { writeFile } from "node:fs/promises";
import { argument, choice, command, decimal, flag, text, whole } from "../../command/command.ts";
import { openStoreOf } from "../library/open.ts";

export const tail = command({
  name: "tail",
  summary: "Show traces as they come",
  options: {
    project: text("only of this project", { value: "name" }),
    after: whole("go on from the position that an earlier one told at its end", {
      ...{ min: 0, max: Number.MAX_SAFE_INTEGER },
    }),
    count: whole("end after so many", { min: 1, max: 1_000_000 }),
  },
  examples: [["trace tail --project support", "until Ctrl-C"]],
  run: async ({ project, after, count, home }, io) => {
    const [{ followTraces }, { duration, moment }] = await Promise.all([
      import("@loam/observe"),
      import("../../terminal/units.ts"),
    ]);
    await using workspace = await openStoreOf(home);
    const seen = new Set<string>();
    const shown: unknown[] = [];
    for await (const { position, trace } of followTraces(workspace.store, { project, after, signal: io.signal })) {
      if (seen.has(trace.id)) continue;
      seen.add(trace.id);
      shown.push({ ...trace, position: Math.floor(position) });
      io.write(
        `${trace.id.slice(0, 12)}  ${moment(trace.startedAt)}  ${trace.status}  ${duration(trace.durationMs)}  ${trace.name}\n`,
      );
      if (count !== undefined && shown.length >= count) break;
    }
    io.result(shown, () => "");
    const last = shown.at(-1) as { position: number } | undefined;
    if (last) io.note(`\`loam trace tail --after ${last.position}\` goes on from here.`);
  },
});

export const diff = command({
  name: "diff",
  summary: "Two traces beside each other: what differs in steps, times, tokens and answers",
  args: { first: argument("a trace's id"), second: argument("another's") },
  examples: [["trace diff 4bf92f3577b3 9c1d0ef2aa10", "what changed between them"]],
  run: async ({ first, second, home }, io) => {
    const [{ getTrace }, { diffTraces, showDiff }] = await Promise.all([
      import("@loam/observe"),
      import("./diff-traces.ts"),
    ]);
    await using workspace = await openStoreOf(home);
    const [a, b] = [await getTrace(workspace.store, first), await getTrace(workspace.store, second)];
    const found = diffTraces(a, b);
    io.result(found, () => showDiff(found));
  },
});

export const send = command({
  name: "export",
  summary: "A trace as a file: its spans, OTLP, or rows to tune and evaluate with",
  args: { id: argument("the trace's id") },
  options: {
    format: choice("kind of file", ["json", "otlp", "jsonl"], "json"),
    out: text("the file; the standard output when left out", { value: "file" }),
  },
  examples: [
    ["trace export 4bf92f3577b3 --format jsonl --out rows.jsonl", "its model calls as chats, for `loam tune`"],
  ],
  run: async ({ id, format, out, home }, io) => {
    const [{ getTrace }, { toChats, toOtlp }] = await Promise.all([
      import("@loam/observe"),
      import("./export-trace.ts"),
    ]);
    await using workspace = await openStoreOf(home);
    const trace = await getTrace(workspace.store, id);
    const written =
      format === "jsonl" ? toChats(trace) : JSON.stringify(format === "otlp" ? toOtlp(trace) : trace, null, 2);
    if (!out) return io.result(format === "jsonl" ? written : JSON.parse(written), () => written);
    await writeFile(out, `${written}\n`);
    io.result({ id: trace.id, out }, () => `${trace.id} is in ${out}.`);
  },
});

export const replay = command({
  name: "replay",
  summary: "Ask a recorded model call again, on the same model or another",
  args: { id: argument("the trace's id") },
  options: {
    span: text("which call; the last one when left out", { value: "id" }),
    model: text("provider:model; the chat role's when left out", { value: "model" }),
    temperature: decimal("how free the answer is", { min: 0, max: 2 }),
  },
  examples: [["trace replay 4bf92f3577b3 --model openai:gpt-5-mini", "the old answer and the new one"]],
  run: async ({ id, span, model, temperature, home }, io) => {
    const { replayCall } = await import("./replay-call.ts");
    const { openWorkspace } = await import("../../command/workspace.ts");
    await using workspace = await openWorkspace({ home, flags: model ? { models: { chat: model } } : {}, io });
    const found = await replayCall(workspace, { id, span, temperature }, io.signal);
    io.result(
      found,
      () =>
        `was (${found.before.model ?? "unknown"}):\n${found.before.text}\n\nis (${found.after.model}):\n${found.after.text}`,
    );
  },
});

export const scan = command({
  name: "scan",
  summary: "Look for secrets in what is recorded",
  options: {
    limit: whole("spans to look at, the newest first, and rows of every other table", {
      ...{ min: 1, max: 1_000_000, otherwise: 10_000 },
    }),
  },
  examples: [["trace scan", "spans, evaluations, work, messages and objects that hold what looks like a secret"]],
  run: async ({ limit, home }, io) => {
    const [{ scanTraces }, { scanKept }] = await Promise.all([import("./scan-traces.ts"), import("./scan-kept.ts")]);
    await using workspace = await openStoreOf(home);
    const { looked, spans } = await scanTraces(workspace.store, { limit });
    const kept = await scanKept(workspace.store, { limit, redact: false });
    io.result({ looked: looked + kept.looked, spans, kept: kept.found }, () =>
      [
        ...spans.map(({ traceId, spanId, fields }) => `${traceId} ${spanId}  ${fields.join(", ")}`),
        ...kept.found.map(({ table, id, fields }) => `${table} ${id}  ${fields.join(", ")}`),
        `${spans.length} of ${looked} spans and ${kept.found.length} of ${kept.looked} other rows hold what looks like a secret.`,
      ].join("\n"),
    );
    if (spans.length + kept.found.length > 0) io.note("`loam trace redact` takes it out.");
  },
});

export const redactCommand = command({
  name: "redact",
  summary: "Take secrets out of what is recorded, with the rules of today",
  options: {
    limit: whole("spans to look at, the newest first, and rows of every other table", {
      ...{ min: 1, max: 1_000_000, otherwise: 100_000 },
    }),
    yes: flag("do not ask"),
  },
  examples: [["trace redact --yes", "all that `trace scan` finds, except in what is under way"]],
  run: async ({ limit, yes, home }, io) => {
    const [{ redactTraces }, { scanKept }] = await Promise.all([import("./scan-traces.ts"), import("./scan-kept.ts")]);
    if (!yes && (await io.confirm("Take secrets out of what is recorded? That cannot be undone.")) === false) return;
    await using workspace = await openStoreOf(home);
    const changed = await redactTraces(workspace.store, { limit });
    const kept = await scanKept(workspace.store, { limit, redact: true });
    const left = kept.found.length - kept.changed;
    io.result(
      { changed, kept: kept.changed, left },
      () =>
        `${changed} spans and ${kept.changed} other rows changed.${left > 0 ? ` ${left} belong to what is under way and stay as they are.` : ""}`,
    );
  },
});
