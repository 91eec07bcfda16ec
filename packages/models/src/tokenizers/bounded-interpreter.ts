import * as jinja from "@huggingface/jinja";
import { InputError } from "@loam/core";

/** The library's own types do not resolve under Node's rules. */
interface Environment {
  set(name: string, value: unknown): unknown;
}
interface RuntimeValue {
  value: unknown;
}
type Program = jinja.Template["parsed"];
const { Environment, Interpreter, Template } = jinja as unknown as {
  Environment: new () => Environment;
  Interpreter: new (
    environment: Environment,
  ) => {
    run(program: Program): RuntimeValue;
    evaluate(statement: unknown, environment: Environment): RuntimeValue;
  };
  Template: typeof jinja.Template;
};

/** Steps of a rendering: a conversation of a thousand turns takes some 100,000. */
const mostSteps = 3_000_000;
/** A conversation that fills a context of a million tokens has some 4 million characters. */
const longestText = 64 << 20;
const longestList = 1_000_000;

/**
 * Renders a Jinja program with a bound on its steps and on the size of everything it makes, so that a template from a
 * stranger neither stalls nor fills the memory.
 *
 * @throws {InputError} `bad_chat_template` saying which bound was passed. @throws {Error} in the template's own words.
 */
export function renderBounded(program: Program, variables: Record<string, unknown>): string {
  const environment = new Environment();
  for (const [name, value] of Object.entries({ ...globals, ...variables })) environment.set(name, value);
  return String(new BoundedInterpreter(environment).run(program).value);
}

class BoundedInterpreter extends Interpreter {
  #left = mostSteps;

  override evaluate(statement: unknown, environment: Environment): RuntimeValue {
    this.#spend(1);
    const result = super.evaluate(statement, environment);
    const made = result.value;
    if (typeof made === "string") {
      if (made.length > longestText) throw tooMuch(`it makes a text of ${made.length} characters`);
      this.#spend(made.length >> 7);
    } else if (Array.isArray(made)) {
      if (made.length > longestList) throw tooMuch(`it makes a list of ${made.length} items`);
      this.#spend(made.length); // what runs over it may do so without a step
    }
    return result;
  }

  #spend(steps: number): void {
    this.#left -= steps;
    if (this.#left < 0) throw tooMuch(`it takes more than ${mostSteps} steps`);
  }
}

function tooMuch(problem: string): InputError {
  return new InputError("bad_chat_template", `The chat template was stopped: ${problem}.`, {
    hint: "it may have been made to stall its readers: take the model from a source you trust",
  });
}

/** What the library gives templates, with a `range` that knows its bounds. */
const globals: Record<string, unknown> = {
  true: true,
  True: true,
  false: false,
  False: false,
  none: null,
  None: null,
  raise_exception: (message: string) => {
    throw new Error(message);
  },
  strftime_now: (format: string) => new Template("{{ strftime_now(format) }}").render({ format }),
  range: (...args: number[]) => {
    const [start, stop, step = 1] = args.length === 1 ? [0, args[0]!] : (args as [number, number, number?]);
    if (step === 0) throw new Error("range() arg 3 must not be zero");
    const count = Math.max(0, Math.ceil((stop - start) / step));
    if (!(count <= longestList)) throw tooMuch(`it makes a list of ${count} items`);
    return Array.from({ length: count }, (_, i) => start + i * step);
  },
};
