import { argument, type CommandGroup, command } from "../../command/command.ts";

const list = command({
  name: "ls",
  summary: "Print every value in force and where it comes from",
  description:
    "Later ones win: defaults, your own file, the nearest loam.config.ts or loam.config.json, the environment, flags. " +
    "Secrets are masked.",
  examples: [["config", "all values with their sources"]],
  run: async ({ home }, io) => {
    const [{ describeConfig, loadConfig }, { table }] = await Promise.all([
      import("@loam/core"),
      import("../../terminal/table.ts"),
    ]);
    const rows = describeConfig(await loadConfig({ flags: home ? { home } : {} }));
    io.result(rows, () => table(rows.map(({ path, value, source }) => [path, value, source])));
  },
});

const set = command({
  name: "set",
  summary: "Set a value in your own configuration file, which only you can read",
  args: { path: argument("such as models.chat"), value: argument("the value; `-` reads it from the standard input") },
  examples: [
    ["config set models.chat ollama:qwen3", "the model that writes answers"],
    ["config set providers.openai.apiKey -", "a key, kept out of the shell's history"],
  ],
  run: async ({ path, value }, io) => {
    const [{ parseValue, withValue }, { readStandardInput }] = await Promise.all([
      import("./config-value.ts"),
      import("../../terminal/standard-input.ts"),
    ]);
    const { updateUserConfig, userConfigPath } = await import("@loam/core");
    const text = value === "-" ? await readStandardInput() : value;
    await updateUserConfig((current) => withValue(current, path, parseValue(text)));
    io.result({ path, file: userConfigPath() }, () => `${path} is set in ${userConfigPath()}.`);
  },
});

const unset = command({
  name: "unset",
  summary: "Take a value out of your own configuration file",
  args: { path: argument("such as models.chat") },
  examples: [["config unset models.chat", "back to what the environment offers"]],
  run: async ({ path }, io) => {
    const { withValue } = await import("./config-value.ts");
    const { updateUserConfig, userConfigPath } = await import("@loam/core");
    await updateUserConfig((current) => withValue(current, path, undefined));
    io.result({ path, file: userConfigPath() }, () => `${path} is no longer set in ${userConfigPath()}.`);
  },
});

export const configGroup: CommandGroup = {
  name: "config",
  summary: "Configuration: what is in force, and from where",
  commands: [list, set, unset],
  default: "ls",
};
