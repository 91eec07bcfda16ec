import { ArgumentError } from "@loam/core";
import type { Database, Store } from "@loam/store";
import { cancelWork, startWorkWith } from "@loam/work";
import type { ModelRegistry } from "../generation/model-registry.ts";
import { Collection, StateError } from "../objects/collection.ts";
import type { Metadata } from "../objects/metadata.ts";
import type { Page, PageQuery } from "../objects/page.ts";
import type { Assistants } from "./assistants.ts";
import { RunBus, type RunListening } from "./run-bus.ts";
import { isOver, mayFollow } from "./run-state.ts";
import type { NewMessage, Threads } from "./threads.ts";
import type {
  IncompleteReason,
  MessageBody,
  RunBody,
  RunEvent,
  RunStatus,
  StepBody,
  StepCallDelta,
  StepToolCall,
  StoredMessage,
  StoredRun,
  StoredStep,
} from "./types.ts";

/** What a request may set beside the assistant's own. */
export type RunFields = { assistantId: string } & Partial<
  Pick<
    RunBody,
    | "model"
    | "instructions"
    | "tools"
    | "toolResources"
    | "toolChoice"
    | "parallelToolCalls"
    | "temperature"
    | "topP"
    | "responseFormat"
    | "reasoningEffort"
    | "truncation"
    | "maxPromptTokens"
    | "maxCompletionTokens"
  >
> & { additionalInstructions?: string; additionalMessages?: NewMessage[] };

export interface RunLeg {
  project: string;
  threadId: string;
  runId: string;
  /** A run is worked on in legs, between tool outputs. */
  leg: number;
}

/** What may be asked for before the work that does it is composed. */
export const runKindName = "assistant-run";
const runKind = { name: runKindName, parse: (value: unknown) => value };

/** A run that has not ended by then never will, as OpenAI has it. */
const lifeMs = 600_000;
/** How often a run that another process works on is looked at. */
const lookMs = 250;

const messageReasons: Partial<Record<RunStatus, IncompleteReason>> = {
  cancelled: "run_cancelled",
  expired: "run_expired",
  failed: "run_failed",
};

/** Runs of assistants over threads: their states, and how they are followed. What a run does is in `run-leg.ts`. */
export class Runs {
  readonly bus = new RunBus();
  readonly #store: Store;
  readonly #registry: ModelRegistry;
  readonly #assistants: Assistants;
  readonly threads: Threads;
  readonly rows: Collection<RunBody>;
  readonly steps: Collection<StepBody>;
  readonly messages: Collection<MessageBody>;

  constructor(options: { store: Store; registry: ModelRegistry; assistants: Assistants; threads: Threads }) {
    this.#store = options.store;
    this.#registry = options.registry;
    this.#assistants = options.assistants;
    this.threads = options.threads;
    this.rows = new Collection(options.store.db, "run");
    this.steps = new Collection(options.store.db, "run_step", "step");
    this.messages = new Collection(options.store.db, "message");
  }

  /** Starts a run. @throws {StateError} naming the run that is active on the thread. */
  async create(project: string, threadId: string, fields: RunFields, metadata?: Metadata): Promise<StoredRun> {
    const { additionalMessages = [] } = fields;
    const body = await this.#bodyOf(project, fields);
    await this.threads.get(project, threadId);
    await this.threads.prepareMessages(project, threadId, additionalMessages);
    const insert = async (tx: Database) => {
      await this.threads.addMessagesIn(tx, project, threadId, additionalMessages);
      const createdAt = new Date();
      const expiresAt = new Date(createdAt.getTime() + lifeMs);
      return await this.rows
        .in(tx)
        .insert({ ...{ project, metadata, createdAt, expiresAt, body }, parentId: threadId, status: "queued" });
    };
    return await startWorkWith(this.#store, runKind, async (db, start) => {
      const run = await this.threads.whileFree(project, threadId, "Another run cannot start now", insert, { db });
      return await this.#startLeg(run, db, start);
    });
  }

  /** What a run is refused for, before a thread is made for it. */
  async check(project: string, fields: RunFields): Promise<void> {
    await this.#bodyOf(project, fields);
  }

  async get(project: string, threadId: string, id: string): Promise<StoredRun> {
    await this.threads.get(project, threadId);
    const run = await this.rows.get(project, id, { parentId: threadId });
    return run.expiresAt && run.expiresAt <= new Date() && !isOver(run.status) ? await this.#expire(run) : run;
  }

  async page(project: string, threadId: string, query: PageQuery): Promise<Page<StoredRun>> {
    await this.threads.get(project, threadId);
    return await this.rows.page(project, query, { parentId: threadId });
  }

  async setMetadata(project: string, threadId: string, id: string, metadata: Metadata): Promise<StoredRun> {
    await this.get(project, threadId, id);
    return await this.rows.update(project, id, { metadata });
  }

  async stepPage(project: string, threadId: string, id: string, query: PageQuery): Promise<Page<StoredStep>> {
    await this.get(project, threadId, id);
    return await this.steps.page(project, query, { parentId: id });
  }

  async getStep(project: string, threadId: string, id: string, stepId: string): Promise<StoredStep> {
    await this.get(project, threadId, id);
    return await this.steps.get(project, stepId, { parentId: id });
  }

  /**
   * Gives a run the outputs it waits for, and lets it go on.
   *
   * @throws {StateError} when it waits for none.
   * @throws {ArgumentError} when an output is missing, unknown or given twice.
   */
  async submit(
    project: string,
    threadId: string,
    id: string,
    outputs: readonly { callId: string; output: string }[],
  ): Promise<{ run: StoredRun; before: RunEvent[] }> {
    await this.get(project, threadId, id);
    const { run, steps } = await startWorkWith(this.#store, runKind, async (tx, start) => {
      const row = await this.rows.in(tx).update(project, id, ({ status, body }) => {
        if (status !== "requires_action") {
          throw new StateError(`The run ${id} is ${status}; only one that is requires_action takes tool outputs.`, {
            details: { id, status },
            hint: "retrieve the run to see its status",
          });
        }
        checkOutputs(body.requiredCalls!, outputs);
        return { status: "queued", body: { requiredCalls: null, leg: body.leg + 1 } };
      });
      const written = await this.#writeOutputs(tx, row, outputs);
      return { run: await this.#startLeg(row, tx, start), steps: written };
    });
    const before: RunEvent[] = steps.map((step) => ({ type: "step", step, change: "completed" }));
    return { run, before };
  }

  /** @throws {StateError} when the run has ended. */
  async cancel(project: string, threadId: string, id: string): Promise<StoredRun> {
    await this.get(project, threadId, id);
    const run = await this.rows.update(project, id, ({ status }) => {
      if (status === "cancelling") return undefined;
      if (!mayFollow(status, "cancelling")) {
        throw new StateError(`The run ${id} is ${status} and cannot be cancelled.`, {
          details: { id, status },
          hint: "only a run that is queued, in_progress or requires_action can be",
        });
      }
      return { status: "cancelling" };
    });
    this.bus.emit(id, { type: "run", run, change: "cancelling" });
    // A run that waits has no work in hand; one in progress ends itself when its work hears of it.
    const work = run.body.workId && (await cancelWork(this.#store, run.body.workId));
    if (work && work.status === "running") return run;
    return await this.end(run, "cancelled");
  }

  /** Ends a run for good, with what is open in it. One that has ended stays as it is. */
  async end(run: StoredRun, status: RunStatus, body: Partial<RunBody> = {}): Promise<StoredRun> {
    const endedAt = Math.floor(Date.now() / 1000);
    const ended = await this.rows.update(run.project, run.id, (current) =>
      mayFollow(current.status, status)
        ? { status, expiresAt: null, body: { requiredCalls: null, endedAt, ...body } }
        : undefined,
    );
    if (ended.status !== status) return ended;
    await this.#endOpenParts(ended, status, endedAt);
    this.bus.emit(run.id, { type: "run", run: ended, change: status });
    return ended;
  }

  /** Ends runs that have outlived their ten minutes. */
  async sweep(): Promise<void> {
    for (const run of await this.rows.expired()) await this.#expire(run);
  }

  /**
   * What happens in the leg of a run that `start` begins, up to where it ends or waits. Who stops listening ends nothing.
   *
   * @param runId the run, where there is one already
   */
  async *follow(
    start: () => Promise<{ run: StoredRun; before: RunEvent[] }>,
    runId?: string,
  ): AsyncGenerator<RunEvent> {
    let listening = runId === undefined ? undefined : this.bus.listen(runId);
    try {
      const { run, before } = await start();
      listening ??= this.bus.listen(run.id);
      yield* before;
      yield { type: "run", run: { ...run, status: "queued" }, change: "queued" };
      yield* this.#followLeg(run, listening);
    } finally {
      listening?.close();
    }
  }

  async *#followLeg(run: StoredRun, listening: RunListening): AsyncGenerator<RunEvent> {
    let heard = false;
    let silentMs = 0;
    for (;;) {
      const event = await listening.next(lookMs);
      if (event) {
        heard = true;
        silentMs = 0;
        yield event;
        if (event.type === "run" && endsLeg(event.run)) return;
        continue;
      }
      silentMs += lookMs;
      // Whoever works on it in this process tells; what another process has done, the store tells when it is done.
      if (heard && silentMs < 5000) continue;
      const now = await this.rows.find(run.project, run.id);
      if (!now) return;
      if (!endsLeg(now) || now.body.leg !== run.body.leg) continue;
      if (!heard) yield* this.#replay(now);
      yield { type: "run", run: now, change: now.status as RunStatus };
      return;
    }
  }

  /** The steps of a leg that was worked on elsewhere, each in one piece. */
  async *#replay(run: StoredRun): AsyncGenerator<RunEvent> {
    yield { type: "run", run: { ...run, status: "in_progress" }, change: "in_progress" };
    for await (const step of this.steps.all(run.project, { parentId: run.id, body: { leg: run.body.leg } })) {
      const opened: StoredStep = { ...step, status: "in_progress" };
      yield { type: "step", step: opened, change: "created" };
      yield { type: "step", step: opened, change: "in_progress" };
      const { details } = step.body;
      if (details.type === "tool_calls") {
        yield { type: "step-delta", stepId: step.id, calls: details.tool_calls.map(toDelta) };
      } else {
        const message = await this.messages.find(run.project, details.message_creation.message_id);
        if (message) yield* replayMessage(message);
      }
      if (step.status !== "in_progress") yield { type: "step", step, change: step.status as "completed" };
    }
  }

  async #startLeg(
    run: StoredRun,
    tx: Database,
    start: (input: RunLeg, options: { owner: string; priority: number }) => Promise<{ id: string }>,
  ): Promise<StoredRun> {
    const input: RunLeg = { project: run.project, threadId: run.parentId, runId: run.id, leg: run.body.leg };
    const work = await start(input, { owner: run.project, priority: 10 });
    return await this.rows.in(tx).update(run.project, run.id, { body: { workId: work.id } });
  }

  async #expire(run: StoredRun): Promise<StoredRun> {
    if (run.body.workId) await cancelWork(this.#store, run.body.workId).catch(() => {});
    return await this.end(run, "expired", { lastError: { code: "server_error", message: "The run took too long." } });
  }

  /** Messages and steps that were open when the run ended end as it did. */
  async #endOpenParts({ project, id, parentId }: StoredRun, status: RunStatus, endedAt: number): Promise<void> {
    const reason = messageReasons[status];
    if (!reason) return;
    const open = { parentId, status: "in_progress", body: { runId: id } };
    for await (const message of this.messages.all(project, open)) {
      const change = { status: "incomplete", body: { incompleteReason: reason, endedAt } };
      const row = await this.messages.update(project, message.id, change);
      this.bus.emit(id, { type: "message", message: row, change: "incomplete" });
    }
    const change = status as "cancelled" | "failed" | "expired";
    for await (const step of this.steps.all(project, { parentId: id, status: "in_progress" })) {
      const lastError = status === "failed" ? { code: "server_error" as const, message: "The run failed." } : null;
      const row = await this.steps.update(project, step.id, { status: change, body: { endedAt, lastError } });
      this.bus.emit(id, { type: "step", step: row, change });
    }
  }

  async #writeOutputs(
    tx: Database,
    run: StoredRun,
    outputs: readonly { callId: string; output: string }[],
  ): Promise<StoredStep[]> {
    const written: StoredStep[] = [];
    const endedAt = Math.floor(Date.now() / 1000);
    const given = new Map(outputs.map(({ callId, output }) => [callId, output]));
    const open = { parentId: run.id, status: "in_progress" };
    for await (const step of this.steps.in(tx).all(run.project, open)) {
      const { details } = step.body;
      if (details.type !== "tool_calls") continue;
      const calls = details.tool_calls.map((call) =>
        call.type === "function" && given.has(call.id)
          ? { ...call, function: { ...call.function, output: given.get(call.id)! } }
          : call,
      );
      const body = { details: { ...details, tool_calls: calls }, endedAt };
      written.push(await this.steps.in(tx).update(run.project, step.id, { status: "completed", body }));
    }
    return written;
  }

  async #bodyOf(project: string, fields: RunFields): Promise<RunBody> {
    const { body: own } = await this.#assistants.get(project, fields.assistantId);
    const { additionalInstructions, additionalMessages: _messages, ...set } = fields;
    const model = set.model ?? own.model;
    await this.#registry.find(model);
    checkToolChoice(set.toolChoice, set.tools ?? own.tools);
    const instructions = set.instructions ?? own.instructions ?? "";
    return {
      ...{ model, tools: own.tools, toolResources: own.toolResources, toolChoice: "auto", parallelToolCalls: true },
      ...{ temperature: own.temperature, topP: own.topP, responseFormat: own.responseFormat },
      ...{ reasoningEffort: own.reasoningEffort, truncation: { type: "auto", last_messages: null } },
      ...{ maxPromptTokens: null, maxCompletionTokens: null },
      ...dropUndefined(set),
      instructions: [instructions, additionalInstructions].filter(Boolean).join("\n"),
      ...{ requiredCalls: null, lastError: null, incompleteReason: null, startedAt: null, endedAt: null },
      ...{ usage: { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 }, leg: 1, generations: 0, workId: null },
    } as RunBody;
  }
}

function toDelta(call: StepToolCall, index: number): StepCallDelta {
  if (call.type === "file_search") return { index, ...call };
  const { id, type, function: called } = call;
  return { index, id, type, function: { name: called.name, arguments: called.arguments, output: null } };
}

function endsLeg({ status }: StoredRun): boolean {
  return status === "requires_action" || isOver(status);
}

function* replayMessage(message: StoredMessage): Generator<RunEvent> {
  const opened = { ...message, status: "in_progress", body: { ...message.body, content: [], endedAt: null } };
  yield { type: "message", message: opened, change: "created" };
  yield { type: "message", message: opened, change: "in_progress" };
  for (const part of message.body.content) {
    if (part.type !== "text") continue;
    const { value: text, annotations } = part.text;
    yield { type: "message-delta", messageId: message.id, text, annotations };
  }
  const change = message.status === "incomplete" ? "incomplete" : "completed";
  if (message.status !== "in_progress") yield { type: "message", message, change };
}

/** @throws {ArgumentError} when the choice names a tool that the run does not have. */
function checkToolChoice(choice: RunBody["toolChoice"] | undefined, tools: RunBody["tools"]): void {
  if (choice === "required" && tools.length === 0) throw new ArgumentError("tool_choice", choice, "`tools` beside it");
  if (typeof choice !== "object") return;
  const names = tools.map((tool) => (tool.type === "function" ? tool.function.name : tool.type));
  const wanted = choice.type === "function" ? choice.function.name : choice.type;
  if (!names.includes(wanted))
    throw new ArgumentError("tool_choice", wanted, `one of ${names.join(", ") || "no tools"}`);
}

function checkOutputs(calls: NonNullable<RunBody["requiredCalls"]>, outputs: readonly { callId: string }[]): void {
  const known = calls.map(({ id }) => id);
  const given = outputs.map(({ callId }) => callId);
  const unknown = given.find((id) => !known.includes(id));
  if (unknown !== undefined) throw new ArgumentError("tool_outputs", unknown, `outputs of ${known.join(", ")}`);
  const twice = given.find((id, i) => given.indexOf(id) !== i);
  if (twice !== undefined) throw new ArgumentError("tool_outputs", twice, "one output for each call");
  const missing = known.filter((id) => !given.includes(id));
  if (missing.length > 0) {
    throw new ArgumentError("tool_outputs", given, `an output for each call; there is none for ${missing.join(", ")}`);
  }
}

function dropUndefined<T extends object>(object: T): Partial<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as Partial<T>;
}
