import type { z } from "zod";
import { parseInput } from "./parse-input.ts";
import type { OnProgress } from "./progress.ts";

/**
 * How long a use case takes. A `moment` answers at once; a `stream` answers in events for as long as somebody listens;
 * `work` outlives who asked for it: it waits in a queue, shows progress, can be cancelled and is taken up again.
 */
export type Lasting = "moment" | "stream" | "work";

/** What a run may use besides its input. */
export interface OperationControls<Event = never> {
  /** Fires when nobody waits for the result any more, or the work was cancelled. */
  signal: AbortSignal;
  emit(event: Event): void;
  progress: OnProgress;
  checkpoint: Checkpoint;
}

/** What an interrupted run goes on from. Nothing is kept for what is no work. */
export interface Checkpoint {
  /** As the last attempt left it; undefined in the first. */
  readonly value: unknown;
  /** Resolves when the value is on disk. */
  write(value: unknown): Promise<void>;
}

/**
 * A use case: its name, what goes in, what comes out. The library function, the command and its help, the HTTP route
 * and its documentation, the form, the handler of queued work and the MCP tool are projections of it.
 */
export interface Operation<
  Input extends z.ZodObject = z.ZodObject,
  Result = unknown,
  Context = never,
  Event = unknown,
> {
  /** `ask`; with a room where it has siblings: `catalogue.import`. */
  readonly name: string;
  /** One line, for lists. */
  readonly summary: string;
  /** Whole sentences, for help and documentation. */
  readonly description?: string;
  readonly lasts: Lasting;
  readonly input: Input;
  /** What comes out, where it is plain data; for documentation. */
  readonly result?: z.ZodType<Result>;
  /** Validates, then runs. Alone in a program: nothing but an input is needed. */
  call(context: Context, input: z.input<Input>, controls?: Partial<OperationControls<Event>>): Promise<Result>;
  /** Runs with an input that has been read by {@link Operation.parse}. */
  run(context: Context, input: z.infer<Input>, controls: OperationControls<Event>): Promise<Result>;
  /** @throws {ArgumentError} for the first field that does not fit. */
  parse(input: unknown): z.infer<Input>;
}

/**
 * Declares a use case once.
 *
 * @example
 * ```ts
 * const double = operation({
 *   name: "double",
 *   summary: "Twice a number",
 *   lasts: "moment",
 *   input: z.strictObject({ n: z.int().min(0).max(100).describe("what to double") }),
 *   run: async (_context: object, { n }) => 2 * n,
 * });
 * await double.call({}, { n: 21 }); // 42
 * await double.call({}, { n: -1 }); // ArgumentError: `n` is -1; expected a whole number from 0 to 100.
 * ```
 */
export function operation<Input extends z.ZodObject, Result, Context, Event = never>(
  definition: Omit<Operation<Input, Result, Context, Event>, "call" | "parse">,
): Operation<Input, Result, Context, Event> {
  const parse = (input: unknown) => parseInput(definition.input, input);
  return {
    ...definition,
    parse,
    call: async (context, input, controls = {}) =>
      await definition.run(context, parse(input), { ...uncontrolled(), ...controls }),
  };
}

/** The controls of a call that nobody watches. */
function uncontrolled(): OperationControls<never> {
  return {
    signal: new AbortController().signal,
    emit: () => {},
    progress: () => {},
    checkpoint: { value: undefined, write: async () => {} },
  };
}
