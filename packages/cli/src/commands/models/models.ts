import { ArgumentError } from "@loam/core";
import { argument, argumentList, type CommandGroup, command, flag, text } from "../../command/command.ts";

const roles = command({
  name: "roles",
  summary: "Show which model plays which role, and why",
  description:
    "Roles: chat writes answers, vision describes figures, embed makes vectors for search, judge grades. Set one with " +
    "LOAM_CHAT_MODEL, LOAM_VISION_MODEL, LOAM_EMBED_MODEL or LOAM_JUDGE_MODEL, or with `loam config set models.chat …`.",
  examples: [["models", "the four roles"]],
  run: async ({ home }, io) => {
    const [{ loadConfig }, { describeModels }, { table }] = await Promise.all([
      import("@loam/core"),
      import("@loam/providers"),
      import("../../terminal/table.ts"),
    ]);
    const { config, sources } = await loadConfig({ flags: home ? { home } : {} });
    const reports = await describeModels(config, { sources });
    io.result({ roles: reports }, () => table(reports.map(({ role, model, reason }) => [role, model ?? "-", reason])));
  },
});

const pull = command({
  name: "pull",
  summary: "Download a model from the hub",
  description:
    "Into the cache that all Hugging Face tools share (HF_HOME). An interrupted download goes on where it stopped. " +
    "HF_ENDPOINT names a mirror, HF_TOKEN the account.",
  args: { id: argument("hub id: owner/name") },
  options: { revision: text("branch, tag or commit; main unless said otherwise") },
  examples: [["models pull Qwen/Qwen2.5-0.5B-Instruct", "then `loam chat Qwen/Qwen2.5-0.5B-Instruct`"]],
  run: async ({ id, revision }, io) => {
    const { pullModel } = await import("@loam/models");
    const path = await pullModel(id, { revision, signal: io.signal, onProgress: io.progress });
    io.result({ id, path }, () => `${id} is in ${path}`);
  },
});

const list = command({
  name: "ls",
  summary: "List the models that have been downloaded",
  examples: [["models ls", "ids, sizes and folders"]],
  run: async (_, io) => {
    const [{ listModels }, { table }, { size }] = await Promise.all([
      import("@loam/models"),
      import("../../terminal/table.ts"),
      import("../../terminal/units.ts"),
    ]);
    const models = await listModels();
    io.result(models, () => table(models.map(({ id, path, sizeBytes }) => [id, size(sizeBytes), path])));
    if (models.length === 0) io.note("No models yet: `loam models pull Qwen/Qwen2.5-0.5B-Instruct`.");
  },
});

const info = command({
  name: "info",
  summary: "Show what a model is: architecture, size, tokenizer, memory it takes",
  args: { model: argument("hub id that has been downloaded, folder, .gguf or llama2.c .bin") },
  examples: [["models info ./my-model", "before running it"]],
  run: async ({ model }, io) => {
    const [{ openModel }, { describeModel, modelFacts }, { table }] = await Promise.all([
      import("@loam/models"),
      import("./describe-model.ts"),
      import("../../terminal/table.ts"),
    ]);
    const description = describeModel(await openModel(model, { download: false, signal: io.signal }));
    io.result(description, () => table(modelFacts(description)));
  },
});

const remove = command({
  name: "rm",
  summary: "Delete downloaded models",
  args: { ids: argumentList("hub ids") },
  options: { yes: flag("do not ask") },
  examples: [["models rm Qwen/Qwen2.5-0.5B-Instruct --yes", "free its space without asking"]],
  run: async ({ ids, yes }, io) => {
    const [{ listModels, removeModel }, { NotFoundError }] = await Promise.all([
      import("@loam/models"),
      import("@loam/core"),
    ]);
    const known = (await listModels()).map(({ id }) => id);
    const missing = ids.find((id) => !known.includes(id));
    if (missing !== undefined) throw new NotFoundError("model in the cache", missing, { known });
    const sure = yes || (await io.confirm(`Delete ${ids.join(", ")} from the cache of all Hugging Face tools?`));
    if (sure === undefined)
      throw new ArgumentError("yes", false, "a confirmation", "add --yes where there is no terminal to ask on");
    if (sure) for (const id of ids) await removeModel(id);
    io.result({ removed: sure ? ids : [] }, () => (sure ? `Deleted ${ids.join(", ")}.` : "Nothing deleted."));
  },
});

export const modelsGroup: CommandGroup = {
  name: "models",
  summary: "Models by role, and those on this machine",
  commands: [roles, pull, list, info, remove],
  default: "roles",
};
