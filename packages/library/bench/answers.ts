import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { openUseLite } from "@loam/models";
import type { Box, Page, Recogniser } from "@loam/pdf";
import { coveredShare, PlacedText } from "@loam/pdf";
import { openStore } from "@loam/store";
import type { Citation, Library } from "../src/index.ts";
import { openLibrary } from "../src/index.ts";
import { type GoldQuestion, goldQuestions, unanswerable } from "./questions.ts";
import { type NearMissScores, scoreNearMisses } from "./score-near-misses.ts";

/** How many of the questions were answered from the right place. */
export interface AnswerScores {
  questions: number;
  /** The first citation stands on a right page. */
  firstPage: number;
  /** Any citation does. */
  anyPage: number;
  /** The first citation's box encloses (or lies in) the line, row or figure that answers. */
  firstBox: number;
  anyBox: number;
  /** Questions without an answer that were refused. */
  refused: number;
  unanswerable: number;
  misses: string[];
  /** Near misses of the questions and tables, where they were asked. */
  near?: NearMissScores;
}

/** Asks every gold question of its own document, without a chat model. */
export async function scoreAnswers(
  papers: string,
  {
    home,
    report = () => {},
    questions = goldQuestions,
    without = unanswerable,
    recogniser,
    nearMisses = false,
  }: {
    home?: string;
    report?: (line: string) => void;
    questions?: readonly GoldQuestion[];
    without?: readonly { file: string; question: string }[];
    recogniser?: Recogniser;
    /** Also asks near misses. */
    nearMisses?: boolean;
  } = {},
): Promise<AnswerScores> {
  const folder = home ?? mkdtempSync(join(tmpdir(), "loam-answers-"));
  const store = await openStore({ home: folder, databaseUrl: "", blobUrl: "" });
  const embed = await openUseLite();
  const library = await openLibrary({ store, models: { embed }, recogniser });
  const scores: AnswerScores = {
    questions: 0,
    firstPage: 0,
    anyPage: 0,
    firstBox: 0,
    anyBox: 0,
    refused: 0,
    unanswerable: 0,
    misses: [],
  };
  try {
    const ids = new Map<string, string>();
    for (const file of new Set([...questions, ...without].map((q) => q.file))) {
      ids.set(file, (await library.add(resolve(papers, file))).id);
      report(`read ${file}`);
    }
    for (const gold of questions) {
      const document = ids.get(gold.file)!;
      const answer = await library.ask(gold.question, { documents: [document] }).result;
      const citations = answer.sentences.flatMap((sentence) => sentence.citations);
      const boxes = await goldBoxes(library, document, gold);
      const onPage = citations.map(({ page }) => gold.pages.includes(page));
      const inBox = citations.map((citation) => boxes.some((box) => meets(citation, box)));
      scores.questions++;
      if (onPage[0]) scores.firstPage++;
      if (onPage.includes(true)) scores.anyPage++;
      if (inBox[0]) scores.firstBox++;
      if (inBox.includes(true)) scores.anyBox++;
      if (!inBox[0]) {
        const [first] = citations;
        const where = first
          ? `p${first.page} ${first.kind} "${first.quote.slice(0, 90).replace(/\s+/g, " ")}"`
          : answer.mode;
        const rank = inBox.indexOf(true);
        scores.misses.push(
          `${gold.from} p${gold.pages} ${gold.question} → ${where}${rank > 0 ? ` (right at ${rank + 1})` : ""}`,
        );
      }
    }
    for (const { file, question } of without) {
      const answer = await library.ask(question, { documents: [ids.get(file)!] }).result;
      scores.unanswerable++;
      if (answer.mode === "refused") scores.refused++;
      else scores.misses.push(`not refused: ${question} → ${answer.answer.slice(0, 90)}`);
    }
    if (nearMisses) {
      const asked = Map.groupBy(questions, ({ file }) => ids.get(file)!);
      scores.near = await scoreNearMisses(
        library,
        new Map([...asked].map(([id, list]) => [id, list.map(({ question }) => question)])),
      );
    }
  } finally {
    await library.close();
    await embed.close();
    await store.close();
    if (!home) rmSync(folder, { recursive: true, force: true });
  }
  return scores;
}

type Place = { page: number; box: Box };

/** The boxes that answer: of the figure by its label, or of the lines that hold the anchor. */
async function goldBoxes(
  library: Library,
  document: string,
  { pages, anchor, label, box }: GoldQuestion,
): Promise<Place[]> {
  const places: Place[] = box ? pages.map((page) => ({ page, box })) : [];
  for (const number of pages) {
    const page = await library.page(document, number);
    if (label) places.push(...labelled(page, label));
    if (anchor) {
      const lines = page.blocks.flatMap((block) => block.lines).map((line) => ({ ...line, page: number }));
      places.push(...new PlacedText(lines).locate(anchor));
      for (const figure of page.figures)
        if (figure.innerText.includes(anchor)) places.push({ page: number, box: figure.box });
    }
  }
  return places;
}

/** The labelled figure and its caption; also a table that stands beside a caption with the label. */
function labelled(page: Page, label: string): Place[] {
  const figures = page.figures
    .filter((figure) => figure.label === label)
    .flatMap(({ box, captionBox }) => (captionBox ? [box, captionBox] : [box]));
  const captions = page.blocks
    .filter((block) => block.kind === "caption" && block.text.startsWith(label))
    .map(({ box }) => box);
  return [...figures, ...captions].map((box) => ({ page: page.number, box }));
}

function meets(citation: Citation, { page, box }: Place): boolean {
  return citation.page === page && Math.max(coveredShare(box, citation.box), coveredShare(citation.box, box)) > 0.5;
}
