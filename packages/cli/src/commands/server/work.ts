import { argument, type CommandGroup, choice, command, optionalArgument, text, whole } from "../../command/command.ts";
import type { Io } from "../../terminal/io.ts";
import { table } from "../../terminal/table.ts";

const ls = command({
  name: "ls",
  summary: "What is being done, waits or was done: reading, training, batches, everything long",
  options: {
    kind: text("only this kind: ingest, train, …", { value: "kind" }),
    status: choice("only with this status", [
      ...["queued", "running", "waiting", "interrupted"],
      ...["finished", "failed", "cancelled"],
    ] as const),
    limit: whole("number of rows", { min: 1, max: 500, otherwise: 30 }),
  },
  examples: [
    ["work ls", "the newest thirty"],
    ["work ls --status failed", "what went wrong"],
  ],
  run: async ({ kind, status, limit, home }, io) => {
    await using workspace = await openWorkspace(home);
    const { listWork } = await import("@loam/work");
    const found = await listWork(workspace.store, {
      limit,
      kinds: kind === undefined ? undefined : [kind],
      statuses: status === undefined ? undefined : [status as "queued"],
    });
    io.result(found, () => table(found.map(row)));
    if (found.length === 0) io.note("Nothing there.");
  },
});

const show = command({
  name: "show",
  summary: "One piece of work with its log",
  args: { id: argument("its id, as `work ls` shows it") },
  examples: [["work show work_3k9v", "how far it is, and what happened"]],
  run: async ({ id, home }, io) => {
    await using workspace = await openWorkspace(home);
    const { getWork, workEventsOf } = await import("@loam/work");
    const work = await getWork(workspace.store, id);
    const events = await workEventsOf(workspace.store, id);
    io.result({ ...work, events }, () =>
      [
        `${work.name} · ${work.kind} · ${statusText(work)}${progressText(work)}`,
        ...(work.error ? [work.error.message] : []),
        ...events.map(({ seq, type, data, at }) => `${seq}  ${at.toISOString()}  ${type}  ${JSON.stringify(data)}`),
      ].join("\n"),
    );
  },
});

const change = (name: "cancel" | "pause" | "resume", summary: string) =>
  command({
    name,
    summary,
    args: { id: argument("its id, as `work ls` shows it") },
    examples: [[`work ${name} work_3k9v`, summary.toLowerCase()]],
    run: async ({ id, home }, io) => {
      await using workspace = await openWorkspace(home);
      const { cancelWork, pauseWork, resumeWork } = await import("@loam/work");
      const work = await { cancel: cancelWork, pause: pauseWork, resume: resumeWork }[name](workspace.store, id);
      reportStatus(io, work);
    },
  });

const retry = command({
  name: "retry",
  summary: "Try again what has failed for good: one piece of work, those of a kind, or all",
  args: { id: optionalArgument("its id, as `work ls --status failed` shows it; left out, everything that failed") },
  options: { kind: text("only this kind: ingest, train, …", { value: "kind" }) },
  examples: [
    ["work retry", "after the disk was full, the model was missing, the network was down"],
    ["work retry --kind ingest", "documents only"],
  ],
  run: async ({ id, kind, home }, io) => {
    await using workspace = await openWorkspace(home);
    const { resumeWork, retryFailed } = await import("@loam/work");
    if (id !== undefined) return reportStatus(io, await resumeWork(workspace.store, id));
    const { retried, left } = await retryFailed(workspace.store, { kinds: kind === undefined ? undefined : [kind] });
    io.result({ retried, left }, () => table(retried.map(row)));
    if (left.length > 0) io.note(`${left.length} left as they are: open work on the same thing stands in for them.`);
    if (retried.length === 0 && left.length === 0) io.note("Nothing has failed.");
  },
});

export const workGroup: CommandGroup = {
  name: "work",
  summary: "Everything long that Loam does: list, show, cancel, pause, resume, retry",
  default: "ls",
  commands: [
    ls,
    show,
    change("cancel", "End it, wherever it runs"),
    change("pause", "Stop it at its next checkpoint"),
    change("resume", "Put what waits, failed or was cancelled back in the queue"),
    retry,
  ],
};

async function openWorkspace(home: string | undefined) {
  return await (await import("../../command/workspace.ts")).openWorkspace({ home });
}

interface Shown {
  id: string;
  kind: string;
  name: string;
  status: string;
  asked: string | null;
  progress: { done: number; total?: number; unit: string } | null;
  notBefore: Date | null;
  error: { message: string } | null;
}

function row(work: Shown): string[] {
  return [work.id, work.kind, work.name, statusText(work), progressText(work).trim()];
}

/** What waits for another attempt has not failed. */
function statusText({ status, notBefore, error }: Shown): string {
  if (status !== "queued" || !notBefore) return status;
  const seconds = Math.max(1, Math.ceil((notBefore.getTime() - Date.now()) / 1000));
  return `${status}, ${error ? "again" : "begins"} in ${seconds} s${error ? ` (${error.message})` : ""}`;
}

function progressText({ progress }: Pick<Shown, "progress">): string {
  return progress
    ? ` ${progress.done}${progress.total === undefined ? "" : `/${progress.total}`} ${progress.unit}`
    : "";
}

function reportStatus(io: Io, work: Shown): void {
  const soon = work.asked ? ` (will ${work.asked} at its next step)` : "";
  io.result(work, () => `${work.name}: ${work.status}${soon}`);
}
