import { ArgumentError } from "@loam/core";
import { argument, command, requiredText } from "../../command/command.ts";

export const bundleCommand = command({
  name: "bundle",
  summary: "Pack Loam and models into a folder for a machine without a network",
  description:
    "The folder holds the models, Loam and the Node that runs it, for machines with the same system and processor. Carry it " +
    "over and run FOLDER/loam (loam.cmd on Windows): chat, ask, search and tune work as here, and nothing is downloaded.",
  args: { folder: argument("folder to make") },
  options: {
    models: requiredText("models to pack, with commas between: names of `loam models shelf`, or hub ids", {
      value: "names",
    }),
  },
  examples: [["bundle ./carry --models smollm2,minilm", "then copy ./carry and run ./carry/loam chat smollm2"]],
  run: async ({ folder, models, home }, io) => {
    const [{ loadConfig }, { pullOperation }, { writeBundle }, { resolve }, { size }] = await Promise.all([
      import("@loam/core"),
      import("@loam/providers"),
      import("./write-bundle.ts"),
      import("node:path"),
      import("../../terminal/units.ts"),
    ]);
    const names = models.split(",").flatMap((name) => name.trim() || []);
    if (names.length === 0) throw new ArgumentError("models", models, "at least one model", "smollm2, for example");
    const { config } = await loadConfig({ flags: home ? { home } : {} });
    const ids: string[] = [];
    for (const model of names) {
      const pulled = await pullOperation.call(
        { config: () => config },
        { model },
        { signal: io.signal, progress: io.progress },
      );
      if (pulled.path === null)
        throw new ArgumentError(
          "models",
          model,
          "models that Loam runs itself",
          "Ollama keeps its models in its own folder",
        );
      ids.push(pulled.id);
    }
    const bundle = await writeBundle(resolve(folder), ids, io);
    const what = bundle.withProgram
      ? "Loam, Node and models"
      : "models (Loam runs from its repository and is not packed)";
    io.result(bundle, () => `${bundle.folder}: ${size(bundle.sizeBytes)} of ${what}. Run ${bundle.folder}/loam there.`);
  },
});
