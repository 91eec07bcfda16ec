import type { GenerationEvent } from "../generation/event.ts";
import { newObjectId } from "../objects/ids.ts";
import { citationsFor } from "./cite.ts";
import type { RequiredCalls } from "./run-leg.ts";
import type { resultsOf } from "./run-prompt.ts";
import type { Runs } from "./runs.ts";
import type { FileCitation, StepCallDelta, StoredMessage, StoredRun, StoredStep, TokenCounts } from "./types.ts";

export const nowSeconds = () => Math.floor(Date.now() / 1000);

/** Writes an answer as steps and messages, each opened when it begins and closed before the next. */
export class AnswerWriter {
  readonly #run: StoredRun;
  readonly #runs: Runs;
  readonly #results: ReturnType<typeof resultsOf>;
  #message: { row: StoredMessage; step: StoredStep; text: string } | undefined;
  #calls: { step: StoredStep; calls: { id: string; name: string; text: string }[] } | undefined;
  #wrote = false;

  constructor(run: StoredRun, runs: Runs, results: ReturnType<typeof resultsOf>) {
    this.#run = run;
    this.#runs = runs;
    this.#results = results;
  }

  async write(event: GenerationEvent): Promise<void> {
    if (event.type === "text" || event.type === "refusal") return await this.#text(event.text);
    if (event.type === "call-start") {
      await this.#closeMessage(null, { isCut: false });
      if (!this.#calls) {
        const step = await openStep(this.#runs, this.#run, { type: "tool_calls", tool_calls: [] });
        this.#calls = { step, calls: [] };
        this.#wrote = true;
      }
      const { calls, step } = this.#calls;
      calls[event.call] = { id: event.id, name: event.name, text: "" };
      const started = { name: event.name, arguments: "", output: null };
      this.#delta(step, { index: event.call, id: event.id, type: "function", function: started });
    } else if (event.type === "call-delta") {
      this.#calls!.calls[event.call]!.text += event.text;
      this.#delta(this.#calls!.step, { index: event.call, type: "function", function: { arguments: event.text } });
    }
  }

  /** Closes what is open. @returns the calls that wait for their outputs. */
  async end(usage: TokenCounts, { isCut }: { isCut: boolean }): Promise<{ calls: RequiredCalls; step?: StoredStep }> {
    if (!this.#wrote) await this.#text(""); // an answer without words is a message too
    await this.#closeMessage(this.#calls ? null : usage, { isCut });
    if (!this.#calls) return { calls: [] };
    const { step, calls } = this.#calls;
    const required = calls.map(({ id, name, text }) => {
      return { id, type: "function" as const, function: { name, arguments: text } };
    });
    const details = {
      type: "tool_calls" as const,
      tool_calls: required.map((call) => ({ ...call, function: { ...call.function, output: null } })),
    };
    if (isCut) await closeStep(this.#runs, this.#run, step, { usage, details });
    else await this.#runs.steps.update(this.#run.project, step.id, { body: { usage, details } });
    return { calls: required, step };
  }

  async #text(text: string): Promise<void> {
    this.#message ??= await this.#openMessage();
    this.#message.text += text;
    this.#runs.bus.emit(this.#run.id, { type: "message-delta", messageId: this.#message.row.id, text });
  }

  async #openMessage() {
    const { project, id: runId, parentId, body } = this.#run;
    this.#wrote = true;
    const messageId = newObjectId("message");
    const message_creation = { message_id: messageId };
    const step = await openStep(this.#runs, this.#run, { type: "message_creation", message_creation });
    const row = await this.#runs.messages.insert({
      ...{ id: messageId, project, parentId, status: "in_progress" },
      body: {
        ...{ role: "assistant", content: [], assistantId: body.assistantId, runId, attachments: [] },
        ...{ incompleteReason: null, endedAt: null },
      },
    });
    this.#runs.bus.emit(runId, { type: "message", message: row, change: "created" });
    this.#runs.bus.emit(runId, { type: "message", message: row, change: "in_progress" });
    return { row, step, text: "" };
  }

  async #closeMessage(usage: TokenCounts | null, { isCut }: { isCut: boolean }): Promise<void> {
    if (!this.#message) return;
    const { row, step } = this.#message;
    const { project, id: runId } = this.#run;
    let { text } = this.#message;
    let annotations: FileCitation[] = [];
    if (this.#results.length > 0) {
      const cited = citationsFor(text, this.#results);
      annotations = cited.annotations;
      text += cited.text;
      const delta = { messageId: row.id, text: cited.text, annotations };
      if (annotations.length > 0) this.#runs.bus.emit(runId, { type: "message-delta", ...delta });
    }
    this.#message = undefined;
    const message = await this.#runs.messages.update(project, row.id, {
      status: isCut ? "incomplete" : "completed",
      body: {
        content: [{ type: "text", text: { value: text, annotations } }],
        ...{ endedAt: nowSeconds(), incompleteReason: isCut ? "max_tokens" : null },
      },
    });
    this.#runs.bus.emit(runId, { type: "message", message, change: isCut ? "incomplete" : "completed" });
    await closeStep(this.#runs, this.#run, step, { usage });
  }

  #delta({ id }: StoredStep, call: StepCallDelta): void {
    this.#runs.bus.emit(this.#run.id, { type: "step-delta", stepId: id, calls: [call] });
  }
}

export async function openStep(
  runs: Runs,
  run: StoredRun,
  details: StoredStep["body"]["details"],
): Promise<StoredStep> {
  const { project, id, parentId, body } = run;
  const step = await runs.steps.insert({
    ...{ project, parentId: id, status: "in_progress" },
    body: {
      ...{ threadId: parentId, assistantId: body.assistantId, leg: body.leg, details },
      ...{ usage: null, lastError: null, endedAt: null },
    },
  });
  const shown: StoredStep =
    details.type === "tool_calls" ? { ...step, body: { ...step.body, details: { ...details, tool_calls: [] } } } : step;
  runs.bus.emit(id, { type: "step", step: shown, change: "created" });
  runs.bus.emit(id, { type: "step", step: shown, change: "in_progress" });
  return step;
}

export async function closeStep(
  runs: Runs,
  run: StoredRun,
  { id }: StoredStep,
  body: Partial<StoredStep["body"]>,
): Promise<void> {
  const change = { status: "completed", body: { ...body, endedAt: nowSeconds() } };
  const step = await runs.steps.update(run.project, id, change);
  runs.bus.emit(run.id, { type: "step", step, change: "completed" });
}
