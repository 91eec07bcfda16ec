import type { Io } from "../terminal/io.ts";

/** How an option is written, read and shown in the help. */
export interface Option<T> {
  summary: string;
  /** One letter that stands for it. */
  short?: string;
  /** Name of its value in the help; absent for flags. */
  value?: string;
  choices?: readonly string[];
  default?: T;
  /** May be given more than once. */
  many?: boolean;
  /** Must be given. */
  required?: boolean;
  /** @throws a plain Error whose message says what was expected. */
  read(text: string): unknown;
}

/** A positional argument. `many` takes all that are left. */
export interface Argument<T> {
  summary: string;
  optional?: boolean;
  many?: boolean;
  /** Carries the type only. */
  readonly type?: T;
}

type OptionValues<O> = { [K in keyof O]: O[K] extends Option<infer T> ? T : never };
type ArgumentValues<A> = { [K in keyof A]: A[K] extends Argument<infer T> ? T : never };

type Arguments = Record<string, Argument<unknown>>;
type Options = Record<string, Option<unknown>>;

/** A command as the program, its help and its documentation read it. */
export interface Command {
  name: string;
  summary: string;
  /** Told below the usage, in whole sentences. */
  description?: string;
  args: Arguments;
  options: Options;
  /** Command lines without `loam`, each with what it does. */
  examples: readonly (readonly [line: string, what: string])[];
  run(values: Record<string, unknown>, io: Io): Promise<void>;
}

/** Commands under one name: `library ls`. `default` runs when no name follows. */
export interface CommandGroup {
  name: string;
  summary: string;
  commands: readonly Command[];
  default?: string;
}

/** Defines a command with the types of its values. Every command has `--json` and `--home`. */
export function command<const A extends Arguments, const O extends Options>(definition: {
  name: string;
  summary: string;
  description?: string;
  args?: A;
  options?: O;
  examples: Command["examples"];
  run(values: ArgumentValues<A> & OptionValues<O> & { home?: string }, io: Io): Promise<void>;
}): Command {
  const { args = {}, options = {}, run } = definition;
  return { ...definition, args, options: { ...options, ...common }, run: run as Command["run"] };
}

export function text(summary: string, { value = "text" }: { value?: string } = {}): Option<string | undefined> {
  return { summary, value, read: (given) => given };
}

/** An option that must be given. */
export function requiredText(summary: string, { value = "text" }: { value?: string } = {}): Option<string> {
  return { summary, value, required: true, read: (given) => given };
}

export function texts(summary: string, { value = "text" }: { value?: string } = {}): Option<string[]> {
  return { summary, value, many: true, default: [], read: (given) => given };
}

export function choice<const T extends string>(summary: string, choices: readonly T[]): Option<T | undefined>;
export function choice<const T extends string>(summary: string, choices: readonly T[], otherwise: T): Option<T>;
export function choice<const T extends string>(summary: string, choices: readonly T[], otherwise?: T) {
  return { summary, value: choices.join("|"), choices, default: otherwise, read: (given: string) => given };
}

export function flag(summary: string): Option<boolean> {
  return { summary, default: false, read: () => true };
}

interface WholeLimits {
  min: number;
  max: number;
}

/** A whole number in a range; `otherwise` when it is not given. */
export function whole(summary: string, limits: WholeLimits & { otherwise: number }): Option<number>;
export function whole(summary: string, limits: WholeLimits): Option<number | undefined>;
export function whole(
  summary: string,
  { min, max, otherwise }: WholeLimits & { otherwise?: number },
): Option<number | undefined> {
  return {
    summary,
    value: "n",
    default: otherwise,
    read: (given) => {
      const number = Number(given);
      if (!Number.isInteger(number) || number < min || number > max)
        throw new Error(`expected a whole number from ${min} to ${max}`);
      return number;
    },
  };
}

/** A number in a range; undefined when it is not given. */
export function decimal(summary: string, { min, max }: { min: number; max: number }): Option<number | undefined> {
  return {
    summary,
    value: "x",
    read: (given) => {
      const number = Number(given);
      if (given.trim() === "" || !(number >= min && number <= max))
        throw new Error(`expected a number from ${min} to ${max}`);
      return number;
    },
  };
}

export function argument(summary: string): Argument<string> {
  return { summary };
}

export function optionalArgument(summary: string): Argument<string | undefined> {
  return { summary, optional: true };
}

export function argumentList(summary: string): Argument<string[]> {
  return { summary, many: true };
}

export function optionalArgumentList(summary: string): Argument<string[]> {
  return { summary, many: true, optional: true };
}

const common: Options = {
  home: text("folder of the library; ./.loam when present, else ~/.loam", { value: "folder" }),
  json: flag("print one JSON document"),
};
