import MarkdownIt from "markdown-it";
import type { Place } from "../../document.ts";
import type { Flow, FlowNode } from "./flow.ts";
import { placeUnderHeadings } from "./flow.ts";
import { readHtml } from "./html.ts";

const markdown = new MarkdownIt("default", { html: true, linkify: false, maxNesting: 60 });

/** Markdown: headings, lists, tables and code, each with its lines in the source. */
export function readMarkdown(source: string): Flow {
  const { body, title, skipped } = withoutFrontMatter(source);
  const lines = body.split("\n");
  const nodes: FlowNode[] = [];
  const tokens = markdown.parse(body, {});
  for (let i = 0; i < tokens.length; i++) {
    const from = i;
    const { nesting, map, level } = tokens[i]!;
    if (nesting === 1) while (i < tokens.length - 1 && !(tokens[i]!.nesting === -1 && tokens[i]!.level === level)) i++;
    if (!map) continue;
    const html = markdown.renderer.render(tokens.slice(from, i + 1), markdown.options, {});
    nodes.push(...placed(readHtml(html).nodes, lines, map, skipped));
  }
  const sections = [{ nodes }];
  placeUnderHeadings(sections);
  return { title, sections };
}

/** Nodes get the lines that hold their words, looked for one after the other inside the element's lines. */
function placed(nodes: FlowNode[], source: string[], [first, end]: [number, number], skipped: number): FlowNode[] {
  let at = first;
  const place = (text: string): Place => {
    const words = letters(text).slice(0, 24);
    let line = at;
    while (line < end && !letters(source[line]!).includes(words.slice(0, 12))) line++;
    if (line < end) at = line;
    return { lines: [at + 1 + skipped, at + 1 + skipped] };
  };
  for (const node of nodes) {
    if (node.kind === "heading") node.place = place(node.text);
    else if (node.kind === "table") {
      const rowAt = (i: number) => (i === 0 ? first : first + 1 + i) + 1 + skipped; // a rule stands below the header
      node.places = node.rows.map((_, i) => ({ lines: [rowAt(i), rowAt(i)] }));
    } else if (node.kind === "paragraph") {
      const { lines } = place(node.lines[0]!.text);
      const last = nodes.length === 1 ? end + skipped : lines![0];
      for (const line of node.lines)
        line.place = { lines: [lines![0], Math.max(lines![0], trimEnd(source, last, skipped))] };
    } else if (node.kind !== "picture") for (const line of node.lines) line.place = place(line.text);
  }
  return nodes;
}

/** The last line with words at or above `last` (1-based, in the file). */
function trimEnd(source: string[], last: number, skipped: number): number {
  let line = last;
  while (line - skipped > 1 && source[line - skipped - 1]?.trim() === "") line--;
  return line;
}

function letters(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "");
}

/** What stands above the text between rules is said of the file, its title among it. */
function withoutFrontMatter(source: string): { body: string; title?: string; skipped: number } {
  const text = source.replace(/^\ufeff/, "").replaceAll("\r\n", "\n");
  const found = /^---\n([\s\S]*?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)/.exec(text);
  if (!found) return { body: text, skipped: 0 };
  const title = /^title:\s*["']?(.+?)["']?\s*$/m.exec(found[1]!)?.[1];
  return { body: text.slice(found[0].length), title, skipped: found[0].split("\n").length - 1 };
}
