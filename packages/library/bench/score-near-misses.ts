import { Rng } from "@loam/core";
import type { Answer, Library } from "../src/index.ts";
import { type Swap, swapQuestion, tableQuestions } from "./near-misses.ts";

/** How near misses were taken, and the questions that they were made from. */
export interface NearMissScores {
  /** Near misses, by what was exchanged. */
  misses: Map<Swap, { refused: number; of: number }>;
  /** Questions that the documents answer and that were refused. */
  wronglyRefused: number;
  answerable: number;
  /** Cells that were asked for and whose value stood in the answer. */
  cellsRight: number;
  cells: number;
  lines: string[];
}

/**
 * Asks near misses of every document's questions and tables, and what they were made from.
 *
 * @param asked per document, the questions that it answers.
 */
export async function scoreNearMisses(
  library: Library,
  asked: ReadonlyMap<string, readonly string[]>,
  { seed = 1 }: { seed?: number } = {},
): Promise<NearMissScores> {
  const rng = new Rng(seed);
  const scores: NearMissScores = {
    ...{ misses: new Map(), wronglyRefused: 0, answerable: 0, cellsRight: 0, cells: 0, lines: [] },
  };
  const ask = (question: string, id: string): Promise<Answer> => library.ask(question, { documents: [id] }).result;
  for (const [id, questions] of asked) {
    const passages = await library.passages(id);
    const text = passages.map(({ chunk }) => [...chunk.headings, chunk.text].join("\n")).join("\n");
    const { name } = await library.document(id);
    const table = tableQuestions(passages, text, { rng });
    const misses = [...questions.flatMap((question) => swapQuestion(question, text, rng)), ...table.misses];
    for (const { question, value } of [
      ...questions.map((question) => ({ question, value: "" })),
      ...table.answerable,
    ]) {
      const answer = await ask(question, id);
      scores.answerable++;
      if (answer.mode === "refused") {
        scores.wronglyRefused++;
        scores.lines.push(`refused: ${name}: ${question} (${answer.refusal?.missing.join(", ")})`);
      }
      if (value === "") continue;
      scores.cells++;
      if (answer.answer.includes(value)) scores.cellsRight++;
      else scores.lines.push(`cell: ${name}: ${question} → ${answer.answer.slice(0, 90)}; wanted ${value}`);
    }
    for (const { question, swap } of misses) {
      const answer = await ask(question, id);
      const tally = scores.misses.get(swap) ?? { refused: 0, of: 0 };
      scores.misses.set(swap, tally);
      tally.of++;
      if (answer.mode === "refused") tally.refused++;
      else scores.lines.push(`${swap}: ${name}: ${question} → ${answer.answer.slice(0, 90).replace(/\s+/g, " ")}`);
    }
  }
  return scores;
}

/** Prints the shares; whether enough near misses were refused and few enough questions with them. */
export function reportNearMisses(scores: NearMissScores): boolean {
  const all = [...scores.misses.values()].reduce(
    (sum, { refused, of }) => ({ refused: sum.refused + refused, of: sum.of + of }),
    { refused: 0, of: 0 },
  );
  const share = (part: number, of: number) => `${part}/${of} (${((100 * part) / Math.max(1, of)).toFixed(1)}%)`;
  if (process.env.LOAM_VERBOSE) for (const line of scores.lines) console.log(`  ${line}`);
  for (const [swap, { refused, of }] of scores.misses)
    console.log(`near miss by ${swap}: refused ${share(refused, of)}`);
  console.log(`near misses refused ${share(all.refused, all.of)}`);
  console.log(`answerable questions refused ${share(scores.wronglyRefused, scores.answerable)}`);
  console.log(`cells of tables right ${share(scores.cellsRight, scores.cells)}`);
  return all.refused >= 0.85 * all.of && scores.wronglyRefused <= 0.05 * scores.answerable;
}
