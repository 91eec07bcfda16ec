import { type Answer, type AnswerSentence, type Citation, sayUnsupported } from "@loam/library";
import { showPlace } from "@loam/pdf";

/** An answer as `loam ask --json` prints it: documents by name, with their ids beside. */
export function showAnswer(answer: Answer, names: ReadonlyMap<string, string>) {
  const { answer: text, mode, sentences, refusal, model, trace, ms, removedCitations, cut, conversation } = answer;
  return {
    answer: text,
    mode,
    sentences: sentences.map((sentence) => ({
      text: sentence.text,
      citations: sentence.citations.map((citation) => showCitation(citation, names)),
      ...(sentence.unsupported && { unsupported: sentence.unsupported }),
    })),
    ...(refusal && {
      refusal: {
        missing: refusal.missing,
        nearest: refusal.nearest.map((passage) => ({
          text: passage.text,
          citations: passage.citations.map((citation) => showCitation(citation, names)),
        })),
      },
    }),
    model,
    trace: trace ?? null,
    ms: Math.round(ms),
    removedCitations,
    ...(cut ? { cut } : {}),
    ...(conversation ? { conversation } : {}),
  };
}

function showCitation(
  { document, page, box, kind, quote, figure, place }: Citation,
  names: ReadonlyMap<string, string>,
) {
  return {
    document: names.get(document) ?? document,
    documentId: document,
    page,
    box,
    kind,
    quote,
    ...(figure ? { figure } : {}),
    ...(place ? { place } : {}),
  };
}

/** What came nearest to a question that was refused: its passages, numbered on from `seen`. */
export function nearestText({ refusal }: Answer, seen: Citation[]): string {
  if (!refusal || refusal.nearest.length === 0) return "";
  return `\nNearest:\n${refusal.nearest.map((passage) => sentenceText(passage, seen)).join("")}`;
}

/**
 * A sentence with the numbers of its citations: `It doubled. [1][2]`.
 *
 * @param seen the citations so far, in the order of their numbers; new ones are added.
 */
export function sentenceText(sentence: AnswerSentence, seen: Citation[]): string {
  const numbers = sentence.citations.map((citation) => {
    const known = seen.findIndex((other) => other.document === citation.document && samePlace(other, citation));
    return known >= 0 ? known + 1 : seen.push(citation);
  });
  const marks = [...new Set(numbers)].map((number) => `[${number}]`).join("");
  const doubt = sentence.unsupported ? ` (not borne out: ${sayUnsupported(sentence.unsupported)})` : "";
  return `${sentence.text.trim()}${marks ? ` ${marks}` : ""}${doubt}\n`;
}

/** `[1] paper.pdf, page 3, figure p3-f1: “…”`, one a line. */
export function citationList(citations: readonly Citation[], names: ReadonlyMap<string, string>): string {
  if (citations.length === 0) return "";
  const lines = citations.map(({ document, page, kind, figure, quote, place }, index) => {
    const what = kind === "text" || place ? "" : `, ${kind}${figure ? ` ${figure}` : ""}`;
    const where = place ? showPlace(place) : `page ${page}`;
    return `[${index + 1}] ${names.get(document) ?? document}, ${where}${what}: “${shorten(quote)}”`;
  });
  return `\n${lines.join("\n")}\n`;
}

function samePlace(a: Citation, b: Citation): boolean {
  return a.page === b.page && a.quote === b.quote && a.box.every((edge, i) => edge === b.box[i]);
}

function shorten(quote: string): string {
  const line = quote.replace(/\s+/g, " ").trim();
  return line.length > 160 ? `${line.slice(0, 159)}…` : line;
}
