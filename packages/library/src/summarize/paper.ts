import type { Page } from "@loam/pdf";
import { PlacedText, splitSentences } from "@loam/pdf";
import { hanShare } from "@loam/search";
import type { Evidence, Passage } from "../answer/evidence.ts";
import type { FigureRecord } from "../library/types.ts";
import { captionOf } from "../records/chunk.ts";
import { countWords } from "./count-words.ts";
import type { SectionRole } from "./section-role.ts";
import { type Paragraph, readSections, type Section } from "./sections.ts";

/** A sentence of the paper that can be quoted, with the part of the paper it stands in. */
export interface PaperSentence extends Passage {
  role: SectionRole;
  /** Whether it opens its section. */
  opens: boolean;
}

/** The paper's own abstract. */
export interface Abstract {
  text: string;
  page: number;
}

/** A document prepared for summarising: running text by section, figures in words, front and back matter left out. */
export interface Paper {
  sections: { heading: string; role: SectionRole; paragraphs: PaperSentence[][] }[];
  figures: Passage[];
  abstracts: Abstract[];
  /** Words of running text, abstract included unless it was left out. */
  words: number;
}

/** @param abstract whether the paper's own abstract is part of what is summarised. */
export function readPaper(
  pages: readonly Page[],
  figures: readonly FigureRecord[],
  { abstract }: { abstract: "keep" | "omit" },
): Paper {
  const all = readSections(pages);
  const left = new Set<SectionRole>([
    "front",
    "back",
    "rest-of-back",
    ...(abstract === "omit" ? ["abstract" as const] : []),
  ]);
  const sections = all
    .filter(({ role }) => !left.has(role))
    .map((section) => ({ ...section, paragraphs: section.paragraphs.map((p, i) => sentencesOf(p, section, i === 0)) }));
  return {
    sections,
    figures: figures.map(figurePassage).filter(({ text }) => text !== ""),
    abstracts: all.filter(({ role }) => role === "abstract").map(abstractOf),
    words: sections.flatMap(({ paragraphs }) => paragraphs.flat()).reduce((sum, { text }) => sum + countWords(text), 0),
  };
}

function sentencesOf({ text, lines }: Paragraph, { heading, role }: Section, first: boolean): PaperSentence[] {
  const placed = new PlacedText(lines);
  return splitSentences(text).map((sentence, i) => {
    const found = placed.locate(sentence);
    const places = found.length > 0 ? found : lines.slice(0, 1).map(({ page, box }) => ({ page, box }));
    return { text: sentence, context: heading, kind: "text", places, role, opens: first && i === 0 };
  });
}

function abstractOf({ paragraphs }: Section): Abstract {
  return { text: paragraphs.map(({ text }) => text).join("\n"), page: paragraphs[0]!.lines[0]!.page };
}

/** What is known of a figure in words: its caption and what it shows. */
function figurePassage(figure: FigureRecord): Passage {
  const caption = captionOf(figure);
  const shown = (figure.description?.text ?? figure.innerText).trim();
  return {
    text: [caption, shown === caption ? "" : shown.slice(0, 1500)].filter(Boolean).join("\n"),
    context: caption,
    kind: figure.kind === "table" ? "table" : "figure",
    places: [{ page: figure.page, box: figure.box }],
    figure: figure.id,
    label: figure.label,
  };
}

/** The abstract in the script of `text`, else the first. */
export function abstractLike(abstracts: readonly Abstract[], text: string): Abstract | undefined {
  const chinese = hanShare(text) > 0.5;
  return abstracts.find((abstract) => hanShare(abstract.text) > 0.5 === chinese) ?? abstracts[0];
}

/** The paper as evidence for a model: one number for each paragraph and each figure. */
export function paperEvidence(document: string, paper: Paper): Evidence[] {
  const entry = (passages: readonly Passage[], headings: string[]): Evidence => ({
    hit: {
      document,
      score: 0,
      ranks: {},
      chunk: {
        id: "",
        kind: passages[0]!.kind,
        text: passages.map(({ text }) => text).join(" "),
        headings,
        regions: passages.flatMap(({ places }) => places),
        figure: passages[0]!.figure,
      },
    },
    passages: [...passages],
  });
  return [
    ...paper.sections.flatMap(({ heading, paragraphs }) =>
      paragraphs.filter((sentences) => sentences.length > 0).map((sentences) => entry(sentences, [heading])),
    ),
    ...paper.figures.map((figure) => entry([figure], [])),
  ];
}
