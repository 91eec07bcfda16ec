import { placesOf, type QuestionChunk, type QuestionDocument, type QuestionRow } from "./question-library.ts";

/** A question before it has an id. */
export type QuestionDraft = Omit<QuestionRow, "id">;

type Passage = QuestionChunk["passages"][number];

/** A question and the words that answer it, or undefined where the passage gives none. */
type Rule = (passage: Passage, about: { of: string }) => { question: string; reference: string } | undefined;

/**
 * Questions that a passage answers word by word, made by rules: what something is that a sentence defines, a number left
 * out of a sentence, a cell of a table by its row and column, what a figure shows.
 *
 * @param options.naming `document` names the document in questions that only make sense with it ("Figure 3").
 */
export function extractiveQuestions(
  document: QuestionDocument,
  { passages }: Pick<QuestionChunk, "passages">,
  { naming }: { naming: "document" | "none" },
): QuestionDraft[] {
  const rowKeys = new Map<string, number>();
  for (const { kind, text } of passages) {
    if (kind !== "table") continue;
    const [key = ""] = cellsOf(text);
    rowKeys.set(key, (rowKeys.get(key) ?? 0) + 1);
  }
  return passages.flatMap((passage) => {
    const han = isHan(passage.text);
    const of = naming === "none" ? "" : han ? `《${document.title}》的` : ` of “${document.title}”`;
    const rules: Record<string, Rule> =
      passage.kind === "text"
        ? { definition, cloze }
        : passage.kind === "figure"
          ? { caption }
          : passage.header !== undefined
            ? { "table-cell": (...given) => tableCell(rowKeys, ...given) }
            : { caption };
    for (const [rule, make] of Object.entries(rules)) {
      const made = make(passage, { of });
      if (made)
        return [
          {
            ...made,
            goldPlaces: placesOf(document, passage),
            quote: passage.text,
            kind: passage.kind,
            generator: `extractive:${rule}`,
          },
        ];
    }
    return [];
  });
}

const pronouns =
  /^(?:it|this|that|these|those|there|here|he|she|we|they|which|what|one|the (?:latter|former|following|result|goal|aim))$/i;
const english =
  /^(?:(?:an?|the)\s+)?([\p{L}][\p{L}\p{N}\- ]{1,60}?)\s+(is|are|refers to|is defined as|denotes)\s+((?:an?|the|any|one)\s.{15,240}?)[.。]?$/iu;
const chinese = /^([\p{Script=Han}\p{L}\p{N}]{2,20}?)(?:是指|是一种|定义为|指的是)(.{6,120}?)[。.]?$/u;

function definition({ text }: Passage): ReturnType<Rule> {
  const sentence = oneLine(text);
  const [, term, verb, rest] = english.exec(sentence) ?? [];
  if (term !== undefined && rest !== undefined && !pronouns.test(term) && term.split(" ").length <= 6) {
    const named = /^(?:the|an?)\s/i.exec(sentence)?.[0]?.toLowerCase() ?? "";
    if (named === "the " && /^(?:is|are)$/.test(verb!)) return undefined; // "the ground is a sandy loam" tells of this one
    return { question: `What ${verb === "are" ? "are" : "is"} ${named}${term}?`, reference: rest };
  }
  const [whole, subject, meaning] = chinese.exec(sentence) ?? [];
  return whole === undefined ? undefined : { question: `什么是${subject}？`, reference: meaning! };
}

/** A number with its unit; not one that names a figure, a section or a reference. */
const quantity =
  /(?<![\p{L}\p{N}.,\-[(#])(?<!(?:fig(?:ure)?s?|tables?|sections?|sec|eq|chapter|appendix|step|algorithm)\.?\s)\d(?:[\d,]*\d)?(?:\.\d+)?(?:\s?(?:%|percent|°C|[a-z]{1,12}|[\p{Script=Han}]{1,2})(?![\p{L}\p{N}]))?(?![\d\])])/giu;
/** Words after a number that are no unit of it. */
const noUnit = /\s(?:and|or|of|in|on|at|to|by|for|from|with|is|are|was|were|the|an?|as|per|than|that)$/i;

function cloze({ text }: Passage): ReturnType<Rule> {
  const sentence = oneLine(text);
  const length = [...sentence].length;
  const han = isHan(sentence);
  if (length < (han ? 15 : 45) || length > 300) return undefined;
  for (const [found] of sentence.matchAll(quantity)) {
    const answer = found.replace(noUnit, "").trim();
    if (/^\d{1,2}$|^0\p{L}|^\d{1,2}\s\p{Lu}\p{Ll}/u.test(answer)) continue; // a bare number says little, "1 Results" is a heading, 0ctober is misread
    const parts = sentence.split(answer);
    if (parts.length !== 2) continue;
    const blank = `${parts[0]}____${parts[1]}`;
    return { question: han ? `填空：“${blank}”` : `Fill in the blank: “${blank}”`, reference: answer };
  }
  return undefined;
}

function tableCell(
  rowKeys: ReadonlyMap<string, number>,
  { text, header, label }: Passage,
  { of }: { of: string },
): ReturnType<Rule> {
  const names = cellsOf(header!);
  const [key = "", ...cells] = cellsOf(text);
  if (!isName(key) || rowKeys.get(key) !== 1) return undefined;
  const askable = cells.flatMap((cell, i) => {
    const name = names[i + 1] ?? "";
    const told = /[\p{L}\p{N}]/u.test(cell) && isName(name) && names.filter((other) => other === name).length === 1;
    return told ? [i] : [];
  });
  if (askable.length === 0) return undefined;
  // Another column for each row, so that not all questions are about the first.
  const at = askable[[...rowKeys.keys()].indexOf(key) % askable.length]!;
  const column = names[at + 1]!;
  const question = isHan(`${column}${key}`)
    ? `${label ? `在${of}${label}中，` : ""}“${key}”的“${column}”是什么？`
    : `What is the ${column} of ${key}${label ? ` in ${label}${of}` : ""}?`;
  return { question, reference: cells[at]! };
}

function caption({ text, label }: Passage, { of }: { of: string }): ReturnType<Rule> {
  if (label === undefined || !text.startsWith(label)) return undefined;
  const shown = oneLine(text.slice(label.length)).replace(/^[\s.:|：。—–-]+/u, "");
  if ([...shown].length < (isHan(shown) ? 6 : 15)) return undefined;
  return { question: isHan(shown) ? `${of}${label}展示了什么？` : `What does ${label}${of} show?`, reference: shown };
}

function cellsOf(row: string): string[] {
  return row.split(" | ").map((cell) => cell.trim());
}

/** Words that can stand in a question: some letters, and not too many. */
function isName(text: string): boolean {
  return /\p{L}{2}/u.test(text) && text.length <= 60;
}

function isHan(text: string): boolean {
  const letters = text.match(/\p{L}/gu)?.length ?? 0;
  return (text.match(/\p{Script=Han}/gu)?.length ?? 0) > letters * 0.3;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
