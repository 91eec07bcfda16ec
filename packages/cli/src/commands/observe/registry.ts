import {
  argument,
  type CommandGroup,
  choice,
  command,
  optionalArgument,
  requiredText,
  text,
  whole,
} from "../../command/command.ts";
import { openStoreOf } from "../library/open.ts";

const list = command({
  name: "ls",
  summary: "Registered models, prompts and datasets with their versions and aliases",
  args: { name: optionalArgument("only this one, with every version") },
  options: { kind: choice("only this kind", ["model", "prompt", "dataset"]) },
  examples: [
    ["registry ls", "every name"],
    ["registry ls judge", "its versions"],
  ],
  run: async ({ name, kind, home }, io) => {
    const [{ aliasesOf, getEntry, latestVersions, listEntries, listVersions }, { table }] = await Promise.all([
      import("@loam/observe"),
      import("../../terminal/table.ts"),
    ]);
    await using workspace = await openStoreOf(home);
    const { store } = workspace;
    if (name !== undefined) {
      await getEntry(store, name);
      const aliases = Object.entries((await aliasesOf(store, [name])).get(name) ?? {});
      const versions = (await listVersions(store, { name })).map((version) => ({
        ...version,
        aliases: aliases.flatMap(([alias, number]) => (number === version.version ? [alias] : [])),
      }));
      return io.result(versions, () =>
        table(
          versions.map(({ version, stage, aliases: names, source, description }) => [
            `v${version}`,
            stage,
            names.map((alias) => `@${alias}`).join(" "),
            source ?? "",
            description ?? "",
          ]),
        ),
      );
    }
    const entries = await listEntries(store, { kind, limit: 10_000 });
    const names = entries.map((entry) => entry.name);
    const [aliases, latest] = [await aliasesOf(store, names), await latestVersions(store, names)];
    const shown = entries.map((entry) => ({
      name: entry.name,
      kind: entry.kind,
      latestVersion: latest.get(entry.name)?.version ?? null,
      aliases: aliases.get(entry.name) ?? {},
    }));
    io.result(shown, () =>
      table(
        shown.map((entry) => [
          entry.name,
          entry.kind,
          entry.latestVersion === null ? "" : `v${entry.latestVersion}`,
          Object.entries(entry.aliases)
            .map(([alias, number]) => `@${alias} v${number}`)
            .join(" "),
        ]),
      ),
    );
    if (shown.length === 0) io.note("Nothing is registered.");
  },
});

const promote = command({
  name: "promote",
  summary: "Point an alias at a version, move it to a stage, or both",
  args: { version: argument("NAME/VERSION, NAME@ALIAS, or NAME for its newest") },
  options: {
    alias: text("the alias", { value: "name" }),
    stage: text("the stage, such as Production", { value: "stage" }),
    comment: text("why"),
    author: text("who says so", { value: "name" }),
  },
  examples: [
    ["registry promote judge/3 --alias prod --comment 'better on the last 200'", "`registry:judge@prod` is version 3"],
  ],
  run: async ({ version: text, alias, stage, comment, author, home }, io) => {
    const { promoteVersion, resolveVersion } = await import("@loam/observe");
    await using workspace = await openStoreOf(home);
    const { name, version } = await resolveVersion(workspace.store, text);
    await promoteVersion(workspace.store, name, { version, alias, stage, comment, author });
    io.result({ name, version, alias, stage }, () =>
      [`${name} v${version}`, alias && `is @${alias}`, stage && `in ${stage}`].filter(Boolean).join(" "),
    );
  },
});

const deploy = command({
  name: "deploy",
  summary: "Register a model that can be called, and give it an alias",
  description: "Afterwards `registry:NAME@ALIAS` is a model in every role, and over /v1 while a server runs.",
  args: { name: argument("the name; made when it is new") },
  options: {
    source: requiredText("the model: local:…, openai:…, the address of an adapter", { value: "model" }),
    alias: text("the alias; prod when left out", { value: "name" }),
    run: text("the run that made it", { value: "id" }),
    comment: text("why"),
    ofVersion: whole("only move the alias to this version", { min: 1, max: 1_000_000 }),
  },
  examples: [["registry deploy judge --source local:Qwen/Qwen2.5-0.5B-Instruct", "chat with `registry:judge@prod`"]],
  run: async ({ name, source, alias = "prod", run, comment, ofVersion, home }, io) => {
    const { createEntry, createVersion, findEntry, noteVersion, promoteVersion, resolveRegistered } = await import(
      "@loam/observe"
    );
    await using workspace = await openStoreOf(home);
    const { store } = workspace;
    if (!(await findEntry(store, name))) await createEntry(store, { name, kind: "model" });
    const version =
      ofVersion ?? (await createVersion(store, name, { source, runId: run, description: comment })).version;
    await promoteVersion(store, name, { version, alias, comment });
    await noteVersion(store, name, { version, action: "deployed", value: alias });
    const target = await resolveRegistered(store, `${name}@${alias}`);
    io.result(
      { name, version, alias, model: `registry:${name}@${alias}`, target },
      () => `registry:${name}@${alias} is version ${version}, ${target}.`,
    );
  },
});

export const registryGroup: CommandGroup = {
  name: "registry",
  summary: "Models, prompts and datasets by name: versions, aliases, deployment",
  default: "ls",
  commands: [list, promote, deploy],
};
