import { existsSync } from "node:fs";
import type { SummaryScores } from "@loam/evaluation";
import type { Summary } from "@loam/library";
import { summarizeOperation } from "@loam/library/operations";
import { isDocumentName } from "@loam/pdf/document-names";
import { argument, command, text } from "../../command/command.ts";
import { operationOptions } from "../../command/operation-options.ts";

export const summarizeCommand = command({
  name: "summarize",
  summary: "Summarise a paper, each sentence with its page and box",
  description:
    "With a chat model the summary is written, from the whole paper or, when that is too long, from notes on its parts. " +
    "Without one it is made of the paper's own sentences. References and appendices are left out.",
  args: { document: argument("file, or the name or id of a document in the library") },
  options: {
    ...operationOptions(summarizeOperation, { words: {}, language: { value: "tag" }, style: {}, reference: {} }),
    context: operationOptions(summarizeOperation, { contextTokens: {} }).contextTokens,
    password: text("opens an encrypted file"),
    chat: text("model that writes the summary, instead of the one that is set", { value: "provider:model" }),
  },
  examples: [
    ["summarize paper.pdf", "about 150 words with pages as evidence"],
    ["summarize paper.pdf --language zh --style bullets", "in Chinese, as bullet points"],
    ["summarize paper.pdf --reference abstract --json", "with ROUGE and BERTScore against the paper's own abstract"],
  ],
  run: async ({ document, words, language, style, reference, context, password, chat, home }, io) => {
    const [{ openWorkspace }, { summarize }, { sentenceText, citationList }, { findDocument }] = await Promise.all([
      import("../../command/workspace.ts"),
      import("@loam/library"),
      import("./show-answer.ts"),
      import("@loam/library"),
    ]);
    await using workspace = await openWorkspace({ home, flags: chat ? { models: { chat } } : {} });
    const library = await workspace.library();
    const record =
      existsSync(document) ||
      (isDocumentName(document) && !(await library.documents()).some(({ name }) => name === document))
        ? await library.add(document, { password, signal: io.signal, onProgress: io.progress })
        : findDocument(await library.documents(), document);
    const stream = summarize(library, record.id, {
      chat: (await workspace.models()).chat,
      words,
      language,
      style,
      reference,
      contextTokens: context,
      signal: io.signal,
      onProgress: io.progress,
    });
    const seen: Summary["sentences"][number]["citations"] = [];
    const bullet = style === "bullets" ? "- " : "";
    for await (const event of stream)
      if (event.type === "sentence") io.write(bullet + sentenceText(event.sentence, seen));
    const summary = await stream.result;
    const scored = summary.reference && (await scoresOf(summary.summary, summary.reference.text, io.signal));
    const names = new Map([[record.id, record.name]]);
    io.result(
      {
        ...summary,
        document: record.name,
        documentId: record.id,
        trace: summary.trace ?? null,
        ...(summary.reference ? { reference: { ...summary.reference, ...scored } } : {}),
      },
      () => citationList(seen, names) + (scored ? scoreLines(scored) : ""),
    );
    if (summary.mode === "extractive")
      io.note("These are sentences of the paper (extractive). With a chat model summaries are written: `loam models`.");
    if (
      summary.mode === "extractive" &&
      (style === "eli5" || (language && !summary.language.startsWith(language.split("-")[0]!)))
    )
      io.note("Without a chat model neither wording nor language can be changed.");
    if (summary.unsupported > 0)
      io.note(
        `${summary.unsupported} of ${summary.sentences.length} sentences have no evidence in the paper: check them.`,
      );
  },
});

/** ROUGE and BERTScore of a summary against the paper's abstract. */
async function scoresOf(summary: string, reference: string, signal: AbortSignal): Promise<SummaryScores> {
  const { openUseLiteTokenEncoder, scoreSummary } = await import("@loam/evaluation");
  const tokenEncoder = await openUseLiteTokenEncoder();
  try {
    return await scoreSummary(summary, reference, { tokenEncoder, signal });
  } finally {
    await tokenEncoder.close?.();
  }
}

const scoreNames = { rouge1: "ROUGE-1", rouge2: "ROUGE-2", rougeL: "ROUGE-L", bertScore: "BERTScore" };

function scoreLines({ scores, tokenizer, bertScoreHash }: SummaryScores): string {
  const rows = Object.entries(scores).map(
    ([name, { precision, recall, f }]) =>
      `${scoreNames[name as keyof typeof scoreNames].padEnd(9)}  F ${f.toFixed(3)}  precision ${precision.toFixed(3)}  recall ${recall.toFixed(3)}`,
  );
  return `\nAgainst the paper's own abstract (ROUGE tokens: ${tokenizer}; BERTScore: ${bertScoreHash}):\n${rows.join("\n")}\n`;
}
