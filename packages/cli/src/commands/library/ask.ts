import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { ArgumentError } from "@loam/core";
import type { Answer } from "@loam/library";
import { askOperation } from "@loam/library/operations";
import { isDocumentName } from "@loam/pdf/document-names";
import { argumentList, choice, command, text } from "../../command/command.ts";
import { operationOptions } from "../../command/operation-options.ts";

export const askCommand = command({
  name: "ask",
  summary: askOperation.summary,
  description:
    "Reads the files first (again only what changed), then answers from them alone. Without files it answers from the " +
    "whole library. A file that cannot be read is reported, and the answer comes from the rest.",
  args: { input: argumentList("files or folders, then the question") },
  options: {
    ...operationOptions(askOperation, { k: {}, conversation: { value: "id" } }),
    password: text("opens encrypted files"),
    chat: text("model that writes the answer, instead of the one that is set", { value: "provider:model" }),
    out: text("also write the answer to a file, with footnotes and cited figures: .docx, .pdf or .html", {
      value: "file",
    }),
    style: choice("how the file cites", ["plain", "apa", "gbt7714"], "plain"),
  },
  examples: [
    ['ask paper.pdf "What does figure 3 show?"', "answer with citations"],
    ['ask papers/ "Which method is fastest?" --json', "all documents of a folder, for a program"],
    ['ask "What did we read about tides?"', "from everything in the library"],
    ['ask paper.pdf "What does figure 3 show?" --out answer.docx --style apa', "for a report, with footnotes"],
  ],
  run: async ({ input, k, conversation, password, chat, out, style, home }, io) => {
    const { files, question } = splitInput(input);
    const [{ openWorkspace }, { addFiles, failedJson }, show, rag] = await Promise.all([
      import("../../command/workspace.ts"),
      import("./add-files.ts"),
      import("./show-answer.ts"),
      import("@loam/library"),
    ]);
    const { showAnswer, sentenceText, nearestText, citationList } = show;
    const format = out === undefined ? undefined : rag.answerFormatOf(out);
    await using workspace = await openWorkspace({ home, io, flags: chat ? { models: { chat } } : {} });
    const library = await workspace.library();
    const { documents, failed } = await addFiles(library, files, { io, password });
    if (files.length > 0 && documents.length === 0) throw allFailed(failed);

    const stream = library.ask(question, {
      k,
      conversation,
      documents: files.length > 0 ? documents.map(({ document }) => document.id) : undefined,
      signal: io.signal,
    });
    const seen: Answer["sentences"][number]["citations"] = [];
    for await (const event of stream) if (event.type === "sentence") io.write(sentenceText(event.sentence, seen));
    const answer = await stream.result;
    io.write(nearestText(answer, seen));
    const names = await documentNames(library, answer, documents);
    if (out !== undefined && format) {
      const answered = { question, answer, answeredAt: new Date() };
      await writeFile(out, await rag.writeAnswer(library, answered, { format, style }));
      io.note(`Written to ${out}.`);
    }
    const json = { ...showAnswer(answer, names), ...(out !== undefined && { out }), ...failedJson(failed) };
    const labels = rag.labelDocuments([...names].map(([id, name]) => ({ id, name })));
    io.result(json, () => citationList(seen, labels));
    if (answer.mode === "extractive")
      io.note("These are sentences of the documents. With a chat model answers are written: `loam models`.");
  },
});

/** The last word is the question, those before it are files. */
function splitInput(input: string[]): { files: string[]; question: string } {
  const question = input.at(-1)!.trim();
  if (question === "" || (existsSync(question) && isDocumentName(question)))
    throw new ArgumentError(
      "question",
      question,
      "a question after the files",
      'put it last, in quotes: `loam ask paper.pdf "What is it about?"`',
    );
  return { files: input.slice(0, -1), question };
}

function allFailed(failed: { error: Error }[]): Error {
  return failed[0]!.error;
}

type Library = Awaited<
  ReturnType<Awaited<ReturnType<typeof import("../../command/workspace.ts")["openWorkspace"]>>["library"]>
>;

/** Names of the cited documents by id; the path as it was given, where it was. */
async function documentNames(
  library: Library,
  { sentences, refusal }: Answer,
  added: { file: string; document: { id: string; name: string } }[],
): Promise<Map<string, string>> {
  const names = new Map(added.map(({ document }) => [document.id, document.name]));
  for (const id of new Set(
    [...sentences, ...(refusal?.nearest ?? [])].flatMap(({ citations }) => citations.map(({ document }) => document)),
  ))
    if (!names.has(id)) names.set(id, (await library.document(id)).name);
  return names;
}
