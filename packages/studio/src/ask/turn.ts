import type { AnswerEventJson, AnswerJson, CitationJson, MessageJson, SentenceJson } from "@loam/server";

/** A question and what has come back for it. */
export interface Turn {
  question: string;
  state: "searching" | "writing" | "done" | "failed" | "stopped";
  /** Passages found; undefined until they are. */
  evidenceCount?: number;
  sentences: readonly SentenceJson[];
  /** Text that has arrived and belongs to no finished sentence yet. */
  pending: string;
  answer?: AnswerJson;
  error?: unknown;
}

export const newTurn = (question: string): Turn => ({ question, state: "searching", sentences: [], pending: "" });

/** The turn after one more event of its answer. */
export function applyAnswerEvent(turn: Turn, event: Exclude<AnswerEventJson, { type: "error" }>): Turn {
  switch (event.type) {
    case "evidence":
      return { ...turn, state: "writing", evidenceCount: event.hits.length };
    case "delta":
      return { ...turn, state: "writing", pending: turn.pending + event.text };
    case "sentence":
      return { ...turn, sentences: [...turn.sentences, event.sentence], pending: "" };
    case "done":
      return { ...turn, state: "done", sentences: event.answer.sentences, pending: "", answer: event.answer };
  }
}

/** Which answer of its conversation a turn is, from 1: what failed or was stopped is not kept. */
export const answerNumber = (turns: readonly Turn[], index: number): number =>
  turns.slice(0, index + 1).filter(({ answer }) => answer).length;

/** A stored conversation as turns. */
export function toTurns(messages: readonly MessageJson[]): Turn[] {
  const turns: Turn[] = [];
  for (const { role, text, answer } of messages) {
    if (role === "user") turns.push({ ...newTurn(text), state: "stopped" });
    else if (turns.length > 0)
      turns[turns.length - 1] = {
        ...turns.at(-1)!,
        state: "done",
        sentences: answer?.sentences ?? [{ text, citations: [] }],
        answer,
      };
  }
  return turns;
}

/** A numbered source of an answer. A quote over a page break is one source in two places. */
export interface Source {
  number: number;
  citations: CitationJson[];
}

/**
 * The sources of an answer, numbered in the order in which its sentences first use them, and each sentence's numbers.
 * Citations of the same quote on consecutive pages are one source.
 */
export function numberSources(sentences: readonly SentenceJson[]): { sources: Source[]; bySentence: number[][] } {
  const sources: Source[] = [];
  const numbers = new Map<string, number>();
  const bySentence = sentences.map(({ citations }) => {
    const groups: CitationJson[][] = [];
    for (const citation of citations) {
      const before = groups.at(-1);
      const last = before?.at(-1);
      if (
        last &&
        last.document === citation.document &&
        last.quote === citation.quote &&
        last.page + 1 === citation.page
      )
        before!.push(citation);
      else groups.push([citation]);
    }
    return groups.map((group) => {
      const key = group.map(({ document, page, box }) => `${document} ${page} ${box.join()}`).join(" ");
      const known = numbers.get(key);
      if (known !== undefined) return known;
      sources.push({ number: sources.length + 1, citations: group });
      numbers.set(key, sources.length);
      return sources.length;
    });
  });
  return { sources, bySentence: bySentence.map((list) => [...new Set(list)]) };
}
