import { useEffect, useRef, useState } from "react";
import { askEvents } from "../api/ask.ts";
import { useConversation } from "../api/conversations.ts";
import { applyAnswerEvent, newTurn, type Turn, toTurns } from "./turn.ts";

interface UseAsk {
  turns: readonly Turn[];
  busy: boolean;
  /** The earlier messages of a linked conversation are on their way. */
  restoring: boolean;
  ask(question: string): void;
  stop(): void;
  reset(): void;
}

/** A conversation with documents. Its id stands in the URL, so that a link brings it back. */
export function useAsk({
  documents,
  conversation,
  onConversation,
}: {
  documents: string[] | undefined;
  conversation: string | undefined;
  onConversation: (id: string | undefined) => void;
}): UseAsk {
  const [turns, setTurns] = useState<readonly Turn[]>([]);
  const running = useRef<AbortController>(undefined);
  // What was asked here is not asked for again.
  const own = useRef<string>(undefined);
  const stored = useConversation(conversation === own.current ? undefined : conversation);
  useEffect(() => () => running.current?.abort(), []);
  useEffect(() => {
    if (stored.data) setTurns((known) => (known.length === 0 ? toTurns(stored.data) : known));
  }, [stored.data]);

  const changeLast = (change: (turn: Turn) => Turn) =>
    setTurns((known) => [...known.slice(0, -1), change(known.at(-1)!)]);

  async function run(question: string, controller: AbortController) {
    try {
      for await (const event of askEvents({ question, documents, conversation }, controller.signal)) {
        changeLast((turn) => applyAnswerEvent(turn, event));
        if (event.type === "done" && event.answer.conversation) {
          own.current = event.answer.conversation;
          onConversation(event.answer.conversation);
        }
      }
    } catch (error) {
      if (controller.signal.aborted) changeLast((turn) => ({ ...turn, state: "stopped" }));
      else changeLast((turn) => ({ ...turn, state: "failed", error }));
    } finally {
      if (running.current === controller) running.current = undefined;
    }
  }

  const last = turns.at(-1);
  return {
    turns,
    busy: last?.state === "searching" || last?.state === "writing",
    restoring: stored.isLoading,
    ask: (question) => {
      running.current?.abort();
      const controller = new AbortController();
      running.current = controller;
      setTurns((known) => [...known, newTurn(question)]);
      void run(question, controller);
    },
    stop: () => running.current?.abort(),
    reset: () => {
      running.current?.abort();
      own.current = undefined;
      setTurns([]);
      onConversation(undefined);
    },
  };
}
