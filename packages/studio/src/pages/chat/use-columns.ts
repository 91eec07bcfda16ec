import { useEffect, useRef, useState } from "react";
import { ApiError } from "../../api/client.ts";
import { postForStream } from "../../api/event-stream.ts";
import { type Answer, addChunk, type Chunk, newAnswer, toMessage } from "./answer.ts";
import { type ChatMessage, type ChatSettings, toRequest } from "./request.ts";

/** What was said in one column: a message of the person (or results of functions), and the model's answer to it. */
export interface ColumnTurn {
  messages: ChatMessage[];
  answer: Answer;
}

export interface Column {
  id: number;
  model: string;
  turns: readonly ColumnTurn[];
}

/** All that was said in a column, as a request carries it. */
export const historyOf = (turns: readonly ColumnTurn[]): ChatMessage[] =>
  turns.flatMap(({ messages, answer }) => [
    ...messages,
    ...(answer.state === "failed" || (answer.text === "" && answer.calls.length === 0) ? [] : [toMessage(answer)]),
  ]);

export const mostColumns = 4;

/** Up to four conversations beside each other, asked by one line. */
export function useColumns(initial: readonly Omit<Column, "id">[]) {
  const nextId = useRef(initial.length);
  const running = useRef(new Map<number, AbortController>());
  const [columns, setColumns] = useState<readonly Column[]>(() => initial.map((column, id) => ({ ...column, id })));
  useEffect(() => {
    const open = running.current;
    return () => {
      for (const controller of open.values()) controller.abort();
    };
  }, []);

  const change = (id: number, next: (column: Column) => Column) =>
    setColumns((known) => known.map((column) => (column.id === id ? next(column) : column)));
  const changeAnswer = (id: number, next: (answer: Answer) => Answer) =>
    change(id, (column) => {
      const last = column.turns.at(-1);
      return last
        ? { ...column, turns: [...column.turns.slice(0, -1), { ...last, answer: next(last.answer) }] }
        : column;
    });

  /** Asks one column, after the turns that are kept. */
  async function askColumn(column: Column, messages: ChatMessage[], settings: ChatSettings) {
    running.current.get(column.id)?.abort();
    const controller = new AbortController();
    running.current.set(column.id, controller);
    change(column.id, () => ({ ...column, turns: [...column.turns, { messages, answer: newAnswer }] }));
    const body = {
      ...toRequest(column.model, [...historyOf(column.turns), ...messages], settings),
      stream: true,
      stream_options: { include_usage: true },
    };
    const start = performance.now();
    const own = (next: (answer: Answer) => Answer) => {
      if (running.current.get(column.id) === controller) changeAnswer(column.id, next);
    };
    try {
      const stream = postForStream<Chunk & { error?: { message: string; code: string | null } }>(
        "/v1/chat/completions",
        { body, what: "The answer", signal: controller.signal },
      );
      for await (const chunk of stream) {
        if (chunk.error) throw new ApiError(chunk.error.message, { status: 500, code: chunk.error.code });
        const ms = performance.now() - start;
        own((answer) => addChunk(answer, chunk, ms));
      }
      own((answer) => ({ ...answer, state: "done" }));
    } catch (error) {
      own((answer) => ({
        ...answer,
        ...(controller.signal.aborted ? { state: "stopped" } : { state: "failed", error }),
      }));
    }
  }

  const isBusy = columns.some(({ turns }) => ["waiting", "writing"].includes(turns.at(-1)?.answer.state ?? ""));
  return {
    columns,
    isBusy,
    ask: (content: string, settings: ChatSettings) => {
      for (const column of columns) void askColumn(column, [{ role: "user", content }], settings);
    },
    /** Gives a column's functions their results, and lets it go on. */
    answerCalls: (column: Column, outputs: readonly string[], settings: ChatSettings) => {
      const calls = column.turns.at(-1)!.answer.calls;
      const messages = calls.map(
        ({ id }, index): ChatMessage => ({ role: "tool", tool_call_id: id, content: outputs[index] ?? "" }),
      );
      void askColumn(column, messages, settings);
    },
    stop: () => {
      for (const [id, controller] of running.current) {
        changeAnswer(id, (answer) => (answer.state === "done" ? answer : { ...answer, state: "stopped" }));
        running.current.delete(id);
        controller.abort();
      }
    },
    /** Asks a turn anew in every column, and forgets what came after it. */
    again: (turn: number, settings: ChatSettings) => {
      for (const column of columns) {
        const asked = column.turns[turn];
        if (asked) void askColumn({ ...column, turns: column.turns.slice(0, turn) }, asked.messages, settings);
      }
    },
    /** Takes a turn and all after it out of every column. */
    cutAt: (turn: number) =>
      setColumns((known) => known.map((column) => ({ ...column, turns: column.turns.slice(0, turn) }))),
    setModel: (id: number, model: string) => change(id, (column) => ({ ...column, model })),
    add: (model: string) =>
      setColumns((known) =>
        known.length < mostColumns ? [...known, { id: nextId.current++, model, turns: [] }] : known,
      ),
    remove: (id: number) => {
      running.current.get(id)?.abort();
      setColumns((known) => (known.length > 1 ? known.filter((column) => column.id !== id) : known));
    },
  };
}
