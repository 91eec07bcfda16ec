/**
 * The exit code a command line ends with: 1 a bug, 2 wrong usage, 3 bad input, 4 not found, 5 server unreachable.
 */
export type ExitCode = 1 | 2 | 3 | 4 | 5;

export interface LoamErrorOptions {
  /** What the error is about, as JSON-safe values: programs read these, people read `message`. */
  details?: Record<string, unknown>;
  /** What to do next; often something that can be pasted. */
  hint?: string;
  cause?: unknown;
}

/**
 * The base of every error Loam throws on purpose. Programs branch on `code`, people read `message`,
 * which already ends with the hint.
 */
export class LoamError extends Error {
  readonly code: string;
  readonly details: Record<string, unknown>;
  readonly hint: string | undefined;
  /** The status an HTTP front end answers with. */
  readonly status: number;
  readonly exitCode: ExitCode;

  constructor(
    code: string,
    message: string,
    {
      details = {},
      hint,
      cause,
      status = 500,
      exitCode = 1,
    }: LoamErrorOptions & { status?: number; exitCode?: ExitCode } = {},
  ) {
    super(hint ? `${message} ${sentence(hint)}` : message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.code = code;
    this.details = details;
    this.hint = hint;
    this.status = status;
    this.exitCode = exitCode;
  }

  /** The error as plain data, for `--json` output and HTTP bodies. */
  toJSON(): { code: string; message: string; details: Record<string, unknown>; hint?: string } {
    return { code: this.code, message: this.message, details: this.details, ...(this.hint ? { hint: this.hint } : {}) };
  }
}

/** An argument, option or field has a value that cannot be used. */
export class ArgumentError extends LoamError {
  constructor(name: string, got: unknown, expected: string, hint?: string) {
    super("invalid_argument", `\`${name}\` is ${show(got)}; expected ${expected}.`, {
      details: { name, got: jsonSafe(got), expected },
      hint,
      status: 400,
      exitCode: 2,
    });
  }
}

/** Tensor shapes that do not fit together. */
export class ShapeError extends LoamError {
  constructor(operation: string, { got, expected, hint }: { got: string; expected: string; hint?: string }) {
    super("shape_mismatch", `${operation}: got ${got}; expected ${expected}.`, {
      details: { operation, got, expected },
      hint,
      status: 400,
      exitCode: 3,
    });
  }
}

/** Input (a file, a request body, a row) that cannot be read as what it should be. */
export class InputError extends LoamError {
  constructor(code: string, message: string, options: LoamErrorOptions = {}) {
    super(code, message, { ...options, status: 400, exitCode: 3 });
  }
}

/** Something asked for by name or id does not exist. Names the nearest thing that does. */
export class NotFoundError extends LoamError {
  constructor(what: string, name: string, options: LoamErrorOptions & { known?: Iterable<string> } = {}) {
    const near = options.known ? nearestName(name, options.known) : undefined;
    super("not_found", `${what} ${JSON.stringify(name)} does not exist.`, {
      ...options,
      details: { what, name, ...options.details },
      hint: options.hint ?? (near ? `did you mean ${JSON.stringify(near)}?` : undefined),
      status: 404,
      exitCode: 4,
    });
  }
}

/** A service that was needed did not answer, or not usefully. */
export class UnavailableError extends LoamError {
  constructor(service: string, message: string, options: LoamErrorOptions = {}) {
    super("unavailable", `${service}: ${message}`, {
      ...options,
      details: { service, ...options.details },
      status: 503,
      exitCode: 5,
    });
  }
}

/** The work was cancelled by the caller. */
export class CancelledError extends LoamError {
  constructor(what: string, options: LoamErrorOptions = {}) {
    super("cancelled", `${what} was cancelled.`, { ...options, status: 499, exitCode: 1 });
  }
}

/** A feature that this build or machine does not have. */
export class UnsupportedError extends LoamError {
  constructor(what: string, options: LoamErrorOptions = {}) {
    super("unsupported", what, { ...options, status: 400, exitCode: 3 });
  }
}

/**
 * Throws {@link CancelledError} when the signal has fired.
 *
 * @throws {CancelledError} when the signal is aborted.
 */
export function throwIfCancelled(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) throw new CancelledError(what, { cause: signal.reason });
}

/** The known name closest to `name` by edit distance, if it is close enough to be a misspelling. */
export function nearestName(name: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein distance, one row at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1));
    }
    row = next;
  }
  return row[b.length]!;
}

/** A value as it reads in an error message, cut at 120 characters. */
export function show(value: unknown): string {
  if (value === undefined) return "undefined";
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function" || typeof value === "symbol") return String(value);
  if (typeof value === "number") return String(value);
  let text: string;
  try {
    text = JSON.stringify(value, numbersAsTheyAre) ?? String(value);
  } catch {
    text = kindOf(value);
  }
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/** JSON has no NaN and no infinities, and would write `null` for them. */
function numbersAsTheyAre(_key: string, item: unknown): unknown {
  return typeof item === "number" && !Number.isFinite(item) ? String(item) : item;
}

function jsonSafe(value: unknown): unknown {
  try {
    return value === undefined ? undefined : JSON.parse(JSON.stringify(value, numbersAsTheyAre));
  } catch {
    return kindOf(value);
  }
}

/** `[object Array]`: for what is nested too deep, or in itself, to be written out. */
function kindOf(value: unknown): string {
  return Object.prototype.toString.call(value);
}

/** Capitalised and ended with a full stop, unless the hint already ends with punctuation. */
function sentence(hint: string): string {
  const text = hint.charAt(0).toUpperCase() + hint.slice(1);
  return /[.?!。？！`]$/.test(text) ? text : `${text}.`;
}
