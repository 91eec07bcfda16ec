import { argument, type CommandGroup, command, text, whole } from "../../command/command.ts";
import { table } from "../../terminal/table.ts";

const create = command({
  name: "create",
  summary: "Make a key for OpenAI's clients; it is shown once and kept as a hash",
  args: { name: argument("what it is for") },
  options: {
    project: text("whose objects it sees; keys of one project see the same (default: its own)", { value: "name" }),
    scope: text("what it may be used for, joined by commas: chat, files, assistants, batches, evals, fine-tuning", {
      value: "list",
    }),
    rpm: whole("requests a minute", { min: 1, max: 1_000_000 }),
    tpm: whole("tokens a minute", { min: 1, max: 1_000_000_000 }),
  },
  examples: [["keys create notebook --scope chat,files --rpm 60 --tpm 20000", "a key that can chat and keep files"]],
  run: async ({ name, project, scope, rpm, tpm, home }, io) => {
    const { ApiKeys } = await import("@loam/platform");
    await using workspace = await openWorkspace(home);
    const scopes = scope === undefined ? [] : scope.split(",").map((one) => one.trim());
    const { secret, key } = await new ApiKeys(workspace.store.db).create({
      ...{ name, ownProject: project ?? name, scopes },
      ...{ requestsPerMinute: rpm ?? null, tokensPerMinute: tpm ?? null },
    });
    io.result({ id: key.id, key: secret, project: key.body.ownProject }, () => secret);
    io.note("Keep it: it is not shown again.");
  },
});

const ls = command({
  name: "ls",
  summary: "Keys, by their beginnings",
  examples: [["keys ls", "who may do what"]],
  run: async ({ home }, io) => {
    const { ApiKeys } = await import("@loam/platform");
    await using workspace = await openWorkspace(home);
    const keys = await new ApiKeys(workspace.store.db).list();
    const shown = keys.map(({ id, body, createdAt }) => ({ id, ...body, createdAt }));
    io.result(shown, () =>
      table(
        shown.map(({ id, name, ownProject, scopes, requestsPerMinute, tokensPerMinute, hint }) => [
          ...[id, hint, name, ownProject, scopes.join(",") || "all"],
          ...[`${requestsPerMinute ?? "∞"} rpm`, `${tokensPerMinute ?? "∞"} tpm`],
        ]),
      ),
    );
  },
});

const rm = command({
  name: "rm",
  summary: "Take a key away; from then on it is refused",
  args: { id: argument("its id, as `keys ls` shows it") },
  examples: [["keys rm key_3k9v", "the key is refused from now on"]],
  run: async ({ id, home }, io) => {
    const { ApiKeys } = await import("@loam/platform");
    await using workspace = await openWorkspace(home);
    await new ApiKeys(workspace.store.db).remove(id);
    io.result({ id, removed: true }, () => `${id} is gone.`);
  },
});

export const keysGroup: CommandGroup = {
  name: "keys",
  default: "ls",
  summary: "Keys for programs that use OpenAI's API of this server",
  commands: [create, ls, rm],
};

async function openWorkspace(home: string | undefined) {
  const { openWorkspace: open } = await import("../../command/workspace.ts");
  return await open({ home });
}
