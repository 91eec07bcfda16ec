import { hanShare } from "@loam/search";
import sharp from "sharp";
import type { Answer, AnswerSentence, Citation, Library } from "../../library/types.ts";
import { sayUnsupported } from "../facts/say-unsupported.ts";
import { type CitationStyle, type CitedDocument, noteText, orderedReferences, type Run } from "./citation-style.ts";
import { type SheetLanguage, type SheetWords, sheetWords, whereWords } from "./sheet-words.ts";
import { standsOn } from "./stands-on.ts";

/** A sentence with the numbers of its notes. */
interface SheetSentence {
  text: string;
  notes: number[];
  /** What the cited places do not bear out. */
  doubt?: string;
}

/** A footnote: where it stands in the style asked for, and the words that stand there. */
export interface SheetNote {
  number: number;
  source: Run[];
  quote: string;
  /** Whether the quote was found again on the pages it names. */
  status: string;
}

/** The cut-out of a cited figure. */
export interface SheetFigure {
  title: string;
  png: Uint8Array;
  jpeg: Uint8Array;
  widthPx: number;
  heightPx: number;
}

/** An answer as it is set on paper, in whichever format. */
export interface AnswerSheet {
  language: SheetLanguage;
  words: SheetWords;
  question: string;
  /** Who wrote it and when. */
  said: string;
  sentences: SheetSentence[];
  /** Of a refused answer: the passages that came nearest. */
  nearest: SheetSentence[];
  notes: SheetNote[];
  figures: SheetFigure[];
  references: Run[][];
}

/** A question and its answer, as a conversation keeps them. */
export interface AnsweredQuestion {
  question: string;
  answer: Pick<Answer, "sentences" | "refusal" | "mode" | "model">;
  answeredAt: Date;
}

type Sources = Pick<Library, "document" | "page" | "figures" | "figureImage">;

interface SheetOptions {
  style: CitationStyle;
  /** That of the question when left out. */
  language?: SheetLanguage;
}

/** A figure is drawn at most so wide. */
const figureWidthPx = 1400;
const mostFigures = 24;

/** Gathers what a written answer is made of; each quote is looked for again on its pages. */
export async function answerSheet(
  library: Sources,
  { question, answer, answeredAt }: AnsweredQuestion,
  { style, language = hanShare(question) > 0.3 ? "zh-CN" : "en" }: SheetOptions,
): Promise<AnswerSheet> {
  const words = sheetWords[language];
  const grouped = groupCitations([...answer.sentences, ...(answer.refusal?.nearest ?? [])]);
  const ids = grouped.sources.map(([first]) => first!.document);
  const cited = await citedDocuments(library, ids);
  const notes = await Promise.all(
    grouped.sources.map(async (citations, index): Promise<SheetNote> => {
      const [first] = citations;
      const document = cited.get(first!.document)!;
      const found = document.record ? await standsOn(library, citations) : "gone";
      const where = whereWords(citations, words);
      return {
        number: index + 1,
        source: sourceOf(noteText(style, document, { where, language, accessed: answeredAt })),
        quote: first!.quote.replace(/\s+/g, " ").trim(),
        status: words.status[found],
      };
    }),
  );
  const sentenceOf = ({ text, unsupported }: AnswerSentence, index: number): SheetSentence => ({
    text: text.trim(),
    notes: grouped.bySentence[index]!,
    ...(unsupported && { doubt: words.doubt(sayUnsupported(unsupported)) }),
  });
  return {
    ...{ language, words, question, notes },
    said: words.said[answer.mode](answer.model, answeredAt.toISOString().slice(0, 10)),
    sentences: answer.sentences.map(sentenceOf),
    nearest: (answer.refusal?.nearest ?? []).map((passage, i) => sentenceOf(passage, answer.sentences.length + i)),
    figures: await citedFigures(library, grouped.sources, { cited, words }),
    references: orderedReferences(style, [...cited.values()], { language, accessed: answeredAt }),
  };
}

/** With what leads to the quote: a reference that ends in a full stop needs no colon. */
const sourceOf = (runs: Run[]): Run[] => [...runs, { text: runs.at(-1)?.text.endsWith(".") ? " " : ": " }];

/** Citations of the same words on consecutive pages are one source; sources are numbered as they are first used. */
function groupCitations(sentences: readonly { citations: Citation[] }[]) {
  const sources: Citation[][] = [];
  const bySentence = sentences.map(({ citations }) => {
    const groups: Citation[][] = [];
    for (const citation of citations) {
      const last = groups.at(-1)?.at(-1);
      const goesOn = last && last.document === citation.document && last.quote === citation.quote;
      if (goesOn && citation.page - last.page <= 1) groups.at(-1)!.push(citation);
      else groups.push([citation]);
    }
    const numbers = groups.map((group) => {
      const known = sources.findIndex((source) => keyOf(source) === keyOf(group));
      return known >= 0 ? known + 1 : sources.push(group);
    });
    return [...new Set(numbers)];
  });
  return { sources, bySentence };
}

const keyOf = (group: readonly Citation[]): string =>
  JSON.stringify(group.map(({ document, page, quote }) => [document, page, quote]));

/** The cited documents, numbered as they come; one that is gone by now keeps its id for a name. */
async function citedDocuments(library: Sources, ids: readonly string[]): Promise<Map<string, CitedDocument>> {
  const cited = new Map<string, CitedDocument>();
  for (const id of new Set(ids)) {
    const record = await library.document(id).catch(() => undefined);
    cited.set(id, { number: cited.size + 1, id, record });
  }
  return cited;
}

async function citedFigures(
  library: Sources,
  sources: readonly Citation[][],
  { cited, words }: { cited: ReadonlyMap<string, CitedDocument>; words: SheetWords },
): Promise<SheetFigure[]> {
  const figures: SheetFigure[] = [];
  const seen = new Set<string>();
  for (const [index, citations] of sources.entries()) {
    for (const { document, figure: id } of citations) {
      const record = cited.get(document)?.record;
      if (!id || !record || seen.has(`${document} ${id}`) || figures.length === mostFigures) continue;
      seen.add(`${document} ${id}`);
      const known = (await library.figures(document)).find((figure) => figure.id === id);
      const image = known && (await library.figureImage(document, id).catch(() => undefined));
      if (!known || !image) continue;
      const caption = (known.caption ?? known.label ?? "").replace(/\s+/g, " ").trim();
      const title = words.figure(caption, { name: record.name, where: whereWords(citations, words), note: index + 1 });
      figures.push({ title, ...(await sizedPicture(image)) });
    }
  }
  return figures;
}

async function sizedPicture(bytes: Uint8Array): Promise<Omit<SheetFigure, "title">> {
  const sized = sharp(bytes).flatten({ background: "#fff" }).resize({ width: figureWidthPx, withoutEnlargement: true });
  const { data, info } = await sized.png().toBuffer({ resolveWithObject: true });
  const jpeg = await sharp(data).jpeg({ quality: 92, chromaSubsampling: "4:4:4" }).toBuffer();
  return { png: new Uint8Array(data), jpeg: new Uint8Array(jpeg), widthPx: info.width, heightPx: info.height };
}
