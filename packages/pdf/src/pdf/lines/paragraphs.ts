import type { Line } from "./lines.ts";
import { listMarker } from "./list-marker.ts";

/** Cuts the lines of one column (top to bottom) where a new paragraph, heading or item begins. */
export function splitParagraphs(lines: readonly Line[]): Line[][] {
  if (lines.length === 0) return [];
  const left = percentile(
    lines.map((line) => line.box[0]),
    0.15,
  );
  const right = percentile(
    lines.map((line) => line.box[2]),
    0.85,
  );
  const leading = typicalLeading(lines);
  const groups: Line[][] = [[lines[0]!]];
  for (let i = 1; i < lines.length; i++) {
    const context = {
      previous: lines[i - 1]!,
      line: lines[i]!,
      next: lines[i + 1],
      group: groups.at(-1)!,
      left,
      right,
      leading,
    };
    if (startsParagraph(context)) groups.push([lines[i]!]);
    else groups.at(-1)!.push(lines[i]!);
  }
  return groups;
}

function startsParagraph({
  previous,
  line,
  next,
  group,
  left,
  right,
  leading,
}: {
  previous: Line;
  line: Line;
  next: Line | undefined;
  group: readonly Line[];
  left: number;
  right: number;
  leading: number;
}): boolean {
  const size = Math.max(previous.size, line.size);
  const step = line.baseline - previous.baseline;
  const normal = leading * Math.min(previous.size, line.size);
  if (step > Math.max(1.3 * normal, normal + 0.3 * size) || step < 0) return true;
  const ratio = line.size / previous.size;
  const long = line.text.length > 3 && previous.text.length > 3;
  if (long && (ratio > 1.08 || ratio < 0.93)) return true;
  if (previous.boldShare > 0.8 && line.boldShare < 0.3 && previous.box[2] < right - 2 * size) return true;
  if (previous.italicShare > 0.8 && line.italicShare < 0.3 && previous.box[2] < right - 2 * size && group.length <= 2)
    return true;
  if (previous.boldShare < 0.3 && line.boldShare > 0.8 && line.text.length > 3) return true;
  const marker = listMarker(line.text);
  if (marker && (marker.certain || listMarker(group[0]!.text))) return true;
  // The last line of a paragraph stops short of the margin; so does every line of ragged text, hence the full stop.
  const short = previous.box[2] < right - 3 * size;
  const ends = /[.!?:。！？：；…)”"’\]]$/u.test(previous.text);
  const indent = line.box[0] - left;
  const previousIndent = previous.box[0] - left;
  if (short && ends && Math.abs(indent - previousIndent) < 0.6 * size && right - left > 8 * size) {
    return previous.box[2] < right - 0.15 * (right - left);
  }
  // An indented first line, unless the group hangs (its first line stands out to the left).
  if (indent > 0.8 * size && indent < 4.5 * size && Math.abs(previousIndent) < 0.5 * size && group.length > 1) {
    return next === undefined || next.box[0] < line.box[0] - 0.5 * size;
  }
  if (indent > 0.8 * size && indent < 4.5 * size && previousIndent > 0.8 * size && short) return true;
  return false;
}

/** Baseline step over font size that most neighbouring lines have. */
function typicalLeading(lines: readonly Line[]): number {
  const steps: number[] = [];
  for (let i = 1; i < lines.length; i++) {
    const step = (lines[i]!.baseline - lines[i - 1]!.baseline) / Math.max(lines[i]!.size, lines[i - 1]!.size);
    if (step > 0.8 && step < 2.4) steps.push(step);
  }
  return steps.length > 0 ? percentile(steps, 0.4) : 1.25;
}

function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}
