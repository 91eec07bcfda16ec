import type { SideBySideEventJson } from "@loam/server";
import { useEffect, useRef, useState } from "react";
import { toApiError } from "../../../api/client.ts";
import { type SideBySideQuestion, sideBySideEvents } from "../../../api/tune.ts";

/** One column's answer, as far as it has come. */
export interface ColumnAnswer {
  text: string;
  state: "loading" | "writing" | "done" | "failed" | "stopped";
  tokens?: number;
  tokensPerSecond?: number;
  isCut?: boolean;
  error?: { code: string; message: string };
}

/** A question, and what each column says to it. */
export interface SideBySideTurn {
  id: number;
  question: string;
  /** Adapters by id; null is the base as it is. */
  columns: readonly (string | null)[];
  answers: readonly ColumnAnswer[];
}

/** The turn after one more event. */
export function applyEvent(turn: SideBySideTurn, event: SideBySideEventJson): SideBySideTurn {
  const change = (answer: ColumnAnswer): ColumnAnswer => {
    switch (event.type) {
      case "delta":
        return { ...answer, state: "writing", text: answer.text + event.text };
      case "done":
        return {
          ...answer,
          state: "done",
          tokens: event.tokens,
          tokensPerSecond: event.tokens / Math.max(event.seconds, 1e-3),
          isCut: event.finishReason === "length",
        };
      case "error":
        return { ...answer, state: "failed", error: event.error };
    }
  };
  return { ...turn, answers: turn.answers.map((answer, i) => (i === event.column ? change(answer) : answer)) };
}

/** Questions and answers of this visit; asking stops what is still being written. */
export function useSideBySide() {
  const [turns, setTurns] = useState<readonly SideBySideTurn[]>([]);
  const running = useRef<AbortController>(undefined);
  const nextId = useRef(0);
  useEffect(() => () => running.current?.abort(), []);

  const changeTurn = (id: number, change: (turn: SideBySideTurn) => SideBySideTurn) =>
    setTurns((known) => known.map((turn) => (turn.id === id ? change(turn) : turn)));
  /** Columns that have not come to their end are said to have ended so. */
  const endOpen = (id: number, end: Partial<ColumnAnswer>) =>
    changeTurn(id, (turn) => ({
      ...turn,
      answers: turn.answers.map((answer) =>
        answer.state === "loading" || answer.state === "writing" ? { ...answer, ...end } : answer,
      ),
    }));

  async function run(id: number, question: SideBySideQuestion, controller: AbortController) {
    try {
      for await (const event of sideBySideEvents(question, controller.signal))
        changeTurn(id, (turn) => applyEvent(turn, event));
      endOpen(id, { state: "stopped" });
    } catch (error) {
      if (controller.signal.aborted) return endOpen(id, { state: "stopped" });
      const { code, message } = toApiError(error);
      endOpen(id, { state: "failed", error: { code: code ?? "", message } });
    }
  }

  const isBusy = turns.at(-1)?.answers.some(({ state }) => state === "loading" || state === "writing") ?? false;
  return {
    turns,
    isBusy,
    ask: (question: SideBySideQuestion) => {
      running.current?.abort();
      const controller = new AbortController();
      running.current = controller;
      const id = nextId.current++;
      const answers = question.columns.map((): ColumnAnswer => ({ text: "", state: "loading" }));
      setTurns((known) => [...known, { id, question: question.question, columns: question.columns, answers }]);
      void run(id, question, controller);
    },
    stop: () => running.current?.abort(),
    clear: () => {
      running.current?.abort();
      setTurns([]);
    },
  };
}
