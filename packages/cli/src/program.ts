import {
  Command as CommanderCommand,
  CommanderError,
  Option as CommanderOption,
  InvalidArgumentError,
} from "commander";
import type { Command, CommandGroup, Option } from "./command/command.ts";
import { argumentUsage, optionFlags, usageOf } from "./command/usage.ts";
import { commands, isGroup } from "./commands/index.ts";
import { version } from "./version.ts";

/** A command line that was understood: which command, with which values. */
interface Invocation {
  command: Command;
  /** `library ls`. */
  path: string;
  values: Record<string, unknown>;
  json: boolean;
}

/** What came of reading a command line: a command to run, or help or a complaint that has been printed. */
type Parsed = { invocation: Invocation } | { exitCode: 0 | 2 };

/**
 * Reads a command line (without `node` and the script's name).
 *
 * @param out where help and complaints go.
 */
export function parseCommandLine(
  argv: readonly string[],
  out: { stdout: (text: string) => void; stderr: (text: string) => void },
): Parsed {
  let invocation: Invocation | undefined;
  const program = configure(new CommanderCommand("loam"), out)
    .description("Ask PDFs, figures included; search them, and see every step.")
    .version(version(), "-V, --version", "print the version")
    .addHelpText(
      "after",
      '\nTry it: loam ask paper.pdf "What does figure 3 show?"\nThe Studio in the browser: loam studio',
    );
  for (const entry of commands) {
    if (!isGroup(entry)) addCommand(program, entry, entry.name, (found) => (invocation = found), out);
    else addGroup(program, entry, (found) => (invocation = found), out);
  }
  try {
    program.parse(argv, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { exitCode: error.exitCode === 0 ? 0 : 2 };
  }
  return invocation ? { invocation } : { exitCode: 2 };
}

type Out = Parameters<typeof parseCommandLine>[1];
type Found = (invocation: Invocation) => void;

function configure(target: CommanderCommand, { stdout, stderr }: Out): CommanderCommand {
  return target
    .exitOverride()
    .configureOutput({ writeOut: stdout, writeErr: stderr })
    .helpOption("-h, --help", "show help")
    .helpCommand(false)
    .showHelpAfterError("(`--help` shows how it is used)");
}

function addGroup(program: CommanderCommand, group: CommandGroup, found: Found, out: Out): void {
  const parent = configure(program.command(group.name), out).description(group.summary);
  const otherwise = group.commands.find(({ name }) => name === group.default);
  if (otherwise) {
    const { name, examples } = otherwise;
    parent.addHelpText(
      "after",
      `\n\`loam ${group.name}\` without a command is \`loam ${group.name} ${name}\`, whose options \`loam ${group.name} ${name} --help\` shows.${exampleText(examples)}`,
    );
  }
  for (const entry of group.commands)
    addCommand(parent, entry, `${group.name} ${entry.name}`, found, out, { isDefault: entry.name === group.default });
}

function addCommand(
  parent: CommanderCommand,
  definition: Command,
  path: string,
  found: Found,
  out: Out,
  { isDefault = false }: { isDefault?: boolean } = {},
): void {
  const target = configure(parent.command(definition.name, { isDefault }), out)
    .description(definition.summary)
    .usage(usageOf(definition));
  for (const [name, { summary, optional, many }] of Object.entries(definition.args))
    target.argument(argumentUsage(name, { optional, many }), summary);
  for (const [name, option] of Object.entries(definition.options)) target.addOption(toCommander(name, option));
  target.addHelpText(
    "after",
    `${definition.description ? `\n${definition.description}\n` : ""}${exampleText(definition.examples)}`,
  );
  target.action((...given: unknown[]) => {
    const names = Object.keys(definition.args);
    const options = target.opts<Record<string, unknown>>();
    // commander reads `--no-open` as `open: false`.
    const negated = Object.keys(definition.options).filter((name) => /^no[A-Z]/.test(name));
    const values = {
      ...Object.fromEntries(names.map((name, index) => [name, given[index]])),
      ...options,
      ...Object.fromEntries(negated.map((name) => [name, options[name[2]!.toLowerCase() + name.slice(3)] === false])),
    };
    found({ command: definition, path, values, json: options.json === true });
  });
}

function exampleText(examples: Command["examples"]): string {
  return `\nExamples:\n${examples.map(([line, what]) => `  loam ${line}\n      ${what}`).join("\n")}`;
}

function toCommander(name: string, option: Option<unknown>): CommanderOption {
  const result = new CommanderOption(optionFlags(name, option), option.summary);
  if (option.required) result.makeOptionMandatory();
  if (option.choices) result.choices(option.choices);
  else if (option.value)
    result.argParser((given: string, previous: unknown) => {
      let value: unknown;
      try {
        value = option.read(given);
      } catch (error) {
        throw new InvalidArgumentError(`${(error as Error).message}.`);
      }
      return option.many ? [...(previous as unknown[]), value] : value;
    });
  if (option.default !== undefined && option.value) result.default(option.default, option.many ? "none" : undefined);
  return result;
}
