import type { Block, Page, PlacedLine } from "@loam/pdf";
import { belongsToFigure } from "../records/chunk.ts";
import { isAppendixHeading, roleOfHeading, type SectionRole } from "./section-role.ts";

/** Running text with the printed lines it was joined from; it may run over columns and pages. */
export interface Paragraph {
  text: string;
  lines: PlacedLine[];
}

/** A section of a paper: what stands under one heading. */
export interface Section {
  heading: string;
  level: number;
  role: SectionRole;
  paragraphs: Paragraph[];
}

/**
 * A paper as sections in order: paragraphs that a column, page or figure interrupts are joined; running heads,
 * footnotes, captions, tables and the words inside figures are left out. What stands before the abstract or the
 * first numbered heading of the first pages has the role `front`.
 */
export function readSections(pages: readonly Page[]): Section[] {
  const sections: Section[] = [{ heading: "", level: 1, role: "front", paragraphs: [] }];
  for (const page of pages) {
    for (const block of page.blocks.filter((block) => !belongsToFigure(block, page.figures)).flatMap(splitAtAbstract)) {
      if (block.kind === "heading") sections.push(openSection(block, sections));
      else if (block.kind === "paragraph" || block.kind === "list") addText(sections, block, page.number);
    }
  }
  markFront(sections);
  return sections.filter(({ paragraphs }) => paragraphs.length > 0);
}

function openSection({ text, level = 1 }: Block, before: readonly Section[]): Section {
  const heading = text.replace(/\s+/g, " ").trim();
  const last = before.at(-1)!;
  const own = roleOfHeading(heading);
  const main = own !== undefined && own !== "back" && own !== "abstract" && !isAppendixHeading(heading);
  if (last.role === "rest-of-back" && !main) return { heading, level, role: "rest-of-back", paragraphs: [] };
  const parent = before.findLast((section) => section.level < level)?.role;
  const inherited = parent === "front" || parent === "abstract" ? undefined : parent;
  return { heading, level, role: own ?? inherited ?? "other", paragraphs: [] };
}

const leadIn = /^(abstract|summary|摘\s*要)\s*[—–:：.．-]\s*/i;
const keywords =
  /^(?:key\s?words|index terms|categories and subject|general terms|ccs concepts|arxiv|doi\b|关键[词字]|中图分类)/i;

function addText(sections: Section[], block: Block, page: number): void {
  const text = block.text.replace(/\s*\n\s*/g, " ").trim();
  const lines = block.lines.map((line) => ({ ...line, page }));
  const last = sections.at(-1)!;
  const previous = last.paragraphs.at(-1);
  if (leadIn.test(text) && last.role !== "abstract") {
    const abstract = { text: text.replace(leadIn, ""), lines };
    sections.push({ heading: leadIn.exec(text)![1]!, level: last.level, role: "abstract", paragraphs: [abstract] });
  } else if (last.role === "abstract" && keywords.test(text)) {
    sections.push({ heading: "", level: last.level, role: "back", paragraphs: [{ text, lines }] });
  } else if (previous && block.kind === "paragraph" && runsOn(previous.text, text)) {
    previous.text = /\p{Script=Han}$/u.test(previous.text) ? previous.text + text : `${previous.text} ${text}`;
    previous.lines.push(...lines);
  } else {
    last.paragraphs.push({ text, lines });
  }
}

/** Whether a paragraph was interrupted: it has no end, and what follows begins no sentence of its own kind. */
function runsOn(before: string, after: string): boolean {
  return !/[.!?。！？:：;；]["”’）)\]\d]*$/u.test(before) && /^[\p{L}\p{N}(“"‘]/u.test(after) && before.length > 40;
}

/** A line of its own that says "Abstract" or "摘要" inside a block begins a section. */
function splitAtAbstract(block: Block): Block[] {
  if (block.kind !== "paragraph") return [block];
  const at = block.lines.findIndex(({ text }) => /^\s*(?:abstract|摘\s*要)\s*$/i.test(text));
  if (at < 0) return [block];
  const { text, box } = block.lines[at]!;
  const cut = at === 0 ? block.text.indexOf(text.trim()) : block.text.lastIndexOf(text.trim());
  const part = (content: string, lines: Block["lines"]): Block[] =>
    content.trim() ? [{ ...block, text: content.trim(), lines }] : [];
  return [
    ...part(block.text.slice(0, cut), block.lines.slice(0, at)),
    { kind: "heading", text: text.trim(), box, lines: [block.lines[at]!], level: 2 },
    ...part(block.text.slice(cut + text.trim().length), block.lines.slice(at + 1)),
  ];
}

/** Titles, authors and addresses: all before the abstract, or before the introduction where there is none. */
function markFront(sections: Section[]): void {
  const first = sections.findIndex(({ role }) => role === "abstract" || role === "introduction");
  const start = first < 0 ? sections.findIndex(({ heading }) => /^\s*(?:1|I|一)[.、\s]/.test(heading)) : first;
  for (const [index, section] of sections.entries())
    if (index < start) section.role = "front";
    else if (section.role === "front" && start < 0) section.role = "other";
}
