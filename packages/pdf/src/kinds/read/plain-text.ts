import { parse } from "csv-parse/sync";
import type { Flow, FlowLine, FlowNode } from "./flow.ts";

/** A longer line is cut: nobody quotes a megabyte. */
const longestLine = 4000;

const bullet = /^\s{0,8}(?:[*•·-]|\d{1,3}[.)])\s+\S/;

/**
 * Text by paragraphs, each line with its number: lines underlined with signs are headings, points of a list are whole.
 * What is no prose (code, logs, addresses) keeps its lines apart.
 */
export function readPlainText(text: string): Flow {
  const nodes: FlowNode[] = [];
  let open: FlowLine[] = [];
  const close = () => {
    if (open.length > 0) nodes.push(...nodesOf(open));
    open = [];
  };
  const lines = text.replace(/^\ufeff/, "").split(/\r\n|\n|\r|\f/);
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "" || (bullet.test(line) && open.length > 0 && bullet.test(open[0]!.text))) close();
    if (line.trim() === "") continue;
    for (let at = 0; at < line.length; at += longestLine)
      open.push({ text: line.slice(at, at + longestLine).trimEnd(), place: { lines: [i + 1, i + 1] } });
  }
  close();
  return { sections: [{ nodes }] };
}

function nodesOf(lines: FlowLine[]): FlowNode[] {
  const [first, second, ...rest] = lines;
  const rule = second && /^\s*([=\-~^])\1{2,}\s*$/.exec(second.text);
  if (first && rule && first.text.trim().length <= 120) {
    const heading: FlowNode = {
      kind: "heading",
      level: rule[1] === "=" ? 1 : 2,
      text: first.text.trim(),
      place: first.place,
    };
    return rest.length > 0 ? [heading, ...nodesOf(rest)] : [heading];
  }
  const trimmed = lines.map(({ text, place }) => ({ text: text.trim(), place }));
  if (bullet.test(first!.text) && lines.slice(1).every(({ text }) => /^\s/.test(text)) && fewSigns(lines))
    return [{ kind: "list", lines: trimmed }];
  return [isProse(lines) ? { kind: "paragraph", lines: trimmed } : { kind: "lines", mono: true, lines }];
}

function fewSigns(lines: readonly FlowLine[]): boolean {
  const all = lines.map(({ text }) => text).join("");
  return (all.match(/[{}()[\]<>=;|\\/_#$*+~^]/g)?.length ?? 0) <= Math.max(1, all.length * 0.06);
}

/** Lines that were broken at a margin, or one that was not broken at all: words, few signs, no indentation. */
function isProse(lines: readonly FlowLine[]): boolean {
  const texts = lines.map(({ text }) => text);
  const all = texts.join("");
  if (!fewSigns(lines)) return false;
  if (texts.length === 1) return true;
  const wide = Math.max(...texts.map((text) => text.length));
  const full = texts.slice(0, -1).filter((text) => text.length > Math.max(40, wide * 0.6)).length;
  const isCjk = /\p{Script=Han}/u.test(all) && wide > 20;
  return isCjk || full >= (texts.length - 1) * 0.7;
}

/** Comma or tab separated rows as a table, each with its line. */
export function readDelimited(name: string, text: string): Flow {
  const firstLine = /^[^\n]*/.exec(text)?.[0] ?? "";
  const counts = [",", ";", "\t", "|"].map((mark) => ({ mark, count: firstLine.split(mark).length - 1 }));
  const delimiter = /\.tsv$/i.test(name) ? "\t" : counts.sort((a, b) => b.count - a.count)[0]!.mark;
  let records: { record: string[]; info: { lines: number } }[];
  try {
    records = parse(text, {
      delimiter,
      bom: true,
      info: true,
      relax_column_count: true,
      relax_quotes: true,
      skip_empty_lines: true,
      max_record_size: 1 << 20,
    }) as unknown as typeof records;
  } catch {
    return readPlainText(text); // named as a table, and none
  }
  const columns = Math.min(1000, Math.max(0, ...records.map(({ record }) => record.length)));
  if (records.length < 2 || columns < 2) return readPlainText(text);
  const rows = records.map(({ record }) =>
    Array.from({ length: columns }, (_, i) => (record[i] ?? "").replace(/\s+/g, " ").trim()),
  );
  const places = records.map(({ info }) => ({ lines: [info.lines, info.lines] as const }));
  return { sections: [{ nodes: [{ kind: "table", rows, places }] }] };
}
