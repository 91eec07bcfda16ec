import { ArgumentError } from "@loam/core";
import { choice, command, optionalArgumentList, text } from "../../command/command.ts";

export const embedCommand = command({
  name: "embed",
  summary: "Turn texts into vectors",
  description:
    "Texts are the arguments, else the lines of the standard input; with `--format jsonl` each line is a JSON text or " +
    'an object with a "text". Prints one {"text", "vector"} a line; vectors have unit length, so that their dot product ' +
    "is the cosine similarity.",
  args: { texts: optionalArgumentList("texts; none reads the standard input") },
  options: {
    model: text("hub id or folder of an encoder, or provider:model; without one, the model of the role embed"),
    format: choice("what the standard input holds", ["lines", "jsonl"], "lines"),
  },
  examples: [
    ['embed "high tide" "low water" --json', "two vectors in one document"],
    ["embed --model sentence-transformers/all-MiniLM-L6-v2 soil", "another model"],
  ],
  run: async ({ texts: given, model, format, home }, io) => {
    const [{ openWorkspace }, { connectEmbedder, defaultEmbedder, parseModelName }, { modelNameOf }, { readTexts }] =
      await Promise.all([
        import("../../command/workspace.ts"),
        import("@loam/providers"),
        import("./model-name.ts"),
        import("../library/read-texts.ts"),
      ]);
    const texts = given.length > 0 ? given : await readTexts(process.stdin, { format, signal: io.signal });
    if (texts.length === 0)
      throw new ArgumentError("texts", texts, "at least one text", "give it in quotes, or on the standard input");
    await using workspace = await openWorkspace({ home, io });
    const { config } = workspace;
    const name = model === undefined ? (config.models.embed ?? defaultEmbedder) : modelNameOf(model);
    const embedder = await connectEmbedder(config, parseModelName(name, "embed"), { local: await workspace.local() });
    const vectors = (await embedder.embed(texts, { signal: io.signal })).map((vector) => [...vector]);
    io.result({ model: embedder.id, dimensions: vectors[0]!.length, texts, vectors }, () =>
      vectors.map((vector, index) => `${JSON.stringify({ text: texts[index], vector })}\n`).join(""),
    );
  },
});
