import type { DatasetPreview, PreviewedExample, SkippedRow } from "@loam/peft";
import { showsStyles, styled } from "../../terminal/style.ts";
import { table } from "../../terminal/table.ts";

const number = (n: number): string => n.toLocaleString("en");
const LISTED = 5;

/** A dataset for people: rendered examples, counts, and the first rows of each kind that need a look. */
export function previewText(
  { examples, report, tokens, truncatedRows, unsupervisedRows, duplicateRows }: DatasetPreview,
  { maxTokens, hasModel }: { maxTokens: number; hasModel: boolean },
): string {
  const counts: [string, string][] = [
    ["rows", number(report.read)],
    ["usable", number(report.kept - report.unsupervised)],
    ["left out", number(report.skipped)],
    [
      "duplicates",
      `${number(report.duplicates)}${report.duplicates > 0 ? " (kept, unless the recipe sets data.dedup)" : ""}`,
    ],
    ...(hasModel
      ? ([
          [`cut at ${number(maxTokens)}`, number(report.truncated)],
          ["no answer left", number(report.unsupervised)],
        ] as [string, string][])
      : []),
    ...(tokens
      ? ([
          ["tokens", `${number(tokens.total)}, ${number(tokens.supervised)} of them supervised`],
          ["a row", `${number(tokens.median)} tokens in the middle, ${number(tokens.longest)} at most`],
        ] as [string, string][])
      : []),
  ];
  return [
    ...examples.map(exampleText),
    table(counts),
    ...rowList("left out", report.skippedRows, report.skipped),
    ...rowList("duplicates", duplicateRows, report.duplicates),
    ...rowList("cut", truncatedRows, report.truncated),
    ...rowList("no answer left", unsupervisedRows, report.unsupervised),
  ].join("\n\n");
}

function exampleText({ file, line, segments, tokens }: PreviewedExample): string {
  const figures = tokens
    ? `, ${number(tokens.all)} tokens, ${number(tokens.supervised)} of them supervised${tokens.truncated > 0 ? `, ${number(tokens.truncated)} more cut off` : ""}`
    : "";
  const body = segments.map(({ text, supervised }) => (supervised ? learned(text) : styled("dim", text))).join("");
  return `${styled("cyan", `── ${file} line ${line}${figures}`)}\n${body}`;
}

/** Bright on a terminal, in brackets elsewhere. */
const learned = (text: string): string => (showsStyles() ? styled(["bold", "green"], text) : `⟦${text}⟧`);

function rowList(title: string, rows: readonly SkippedRow[], count: number): string[] {
  if (count === 0) return [];
  const shown = rows.slice(0, LISTED);
  const lines = table(
    shown.map(({ file, line, field, reason }) => [`  ${file}`, `line ${line}`, ...(field ? [field] : []), reason]),
  );
  return [`${title}:\n${lines}${count > shown.length ? `\n  … ${number(count - shown.length)} more` : ""}`];
}
