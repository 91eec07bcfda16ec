import type { Command, CommandGroup } from "./command/command.ts";
import { optionFlags, usageOf } from "./command/usage.ts";
import { commands, isGroup } from "./commands/index.ts";

/** The page `docs/cli.md`, made from the definitions of the commands. */
export function cliReference(): string {
  return `# The command line

<!-- Made from the definitions in packages/cli/src/commands by \`npm run docs\`; changes belong there. -->

\`loam COMMAND --help\` shows the same. Results go to the standard output, progress and errors to the standard error
output. With \`--json\` exactly one JSON document is printed; when the command fails it is \`{"error": {"code", "message",
"details", "hint"}}\`. Every command takes \`--home FOLDER\` (default: \`./.loam\` when present, else \`~/.loam\`).
Ctrl-C stops in good order, a second one at once.

| exit code | meaning |
|---|---|
| 0 | done |
| 1 | a bug in Loam, a failed check of \`loam doctor\`, or a missed limit of \`loam evaluate\` |
| 2 | wrong usage |
| 3 | bad input; with several files, at least one could not be read and the rest was done |
| 4 | something asked for does not exist |
| 5 | a server or model could not be reached |
| 130, 143 | stopped by Ctrl-C, by SIGTERM |

${commands.map((entry) => (isGroup(entry) ? group(entry) : section(entry, entry.name))).join("\n")}`;
}

function group({ name, summary, commands: inner, default: otherwise }: CommandGroup): string {
  const without = otherwise ? ` \`loam ${name}\` alone is \`loam ${name} ${otherwise}\`.` : "";
  return `## loam ${name}

${summary}.${without}

${inner.map((entry) => section(entry, `${name} ${entry.name}`, "###")).join("\n")}`;
}

function section(command: Command, path: string, level = "##"): string {
  const { summary, description, args, options, examples } = command;
  const rows = [
    ...Object.entries(args).map(([name, { summary: what }]) => [`\`${name}\``, what]),
    ...Object.entries(options)
      .filter(([name]) => name !== "home" && name !== "json")
      .map(([name, option]) => [
        `\`${optionFlags(name, option)}\``,
        `${option.summary}${option.required ? " (required)" : otherwise(option.default)}`,
      ]),
  ];
  const table = rows.length > 0 ? `\n${["| | |", "|---|---|", ...rows.map(row)].join("\n")}\n` : "";
  const lines = examples.map(([line, what]) => `loam ${line}    # ${what}`).join("\n");
  return `${level} loam ${path}

${summary}.${description ? ` ${description}` : ""}

    loam ${path} ${usageOf(command)}
${table}
\`\`\`sh
${lines}
\`\`\`
`;
}

function row(cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function otherwise(value: unknown): string {
  return value === undefined || value === false || (Array.isArray(value) && value.length === 0)
    ? ""
    : ` (default: ${value})`;
}
