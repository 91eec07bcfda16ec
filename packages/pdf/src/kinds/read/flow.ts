import type { Place } from "../../document.ts";

/**
 * A document without pages of its own, as its readers give it: sections that each begin a page (a slide, a sheet, a
 * chapter), in them what stands one under the other.
 */
export interface Flow {
  title?: string;
  author?: string;
  sections: FlowSection[];
  /** What came with it and is a document itself. */
  attachments?: { name: string; bytes: Uint8Array }[];
}

export interface FlowSection {
  /** What its pages are called: "Slide 3", "Costs". */
  label?: string;
  nodes: FlowNode[];
  /** The beginning of what it holds and nobody sees. */
  hiddenText?: string;
}

export type FlowNode =
  | { kind: "heading"; level: number; text: string; place?: Place }
  | { kind: "paragraph" | "list"; lines: FlowLine[] }
  /** Lines that each stand for themselves: code, addresses. */
  | { kind: "lines"; mono: boolean; lines: FlowLine[] }
  /** Rows of one length; the first is the header. */
  | { kind: "table"; rows: string[][]; places?: Place[]; caption?: string }
  | { kind: "picture"; bytes: Uint8Array; caption?: string };

/** A line of the source. */
export interface FlowLine {
  text: string;
  place?: Place;
}

/** Headings of a section's nodes become the place of all that follows them. */
export function placeUnderHeadings(sections: readonly FlowSection[]): void {
  const open: { level: number; text: string }[] = [];
  for (const node of sections.flatMap(({ nodes }) => nodes)) {
    if (node.kind === "heading") {
      while (open.length > 0 && open.at(-1)!.level >= node.level) open.pop();
      open.push({ level: node.level, text: node.text });
    }
    if (open.length === 0) continue;
    const headings = open.map(({ text }) => text);
    if (node.kind === "heading") node.place = { ...node.place, headings };
    else if (node.kind === "table") node.places = node.rows.map((_, i) => ({ ...node.places?.[i], headings }));
    else if (node.kind !== "picture") for (const line of node.lines) line.place = { ...line.place, headings };
  }
}
