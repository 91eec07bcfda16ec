/**
 * An unexpected error for a log or a terminal: what happened and where, down to its causes, without the values that a failed
 * database statement was given. Those are what people wrote, keys included, and belong into no log.
 */
export function loggable(error: unknown): string {
  const parts: string[] = [];
  for (let cause = error, depth = 0; depth < 5 && cause !== undefined && cause !== null; depth++) {
    if (!(cause instanceof Error)) {
      parts.push(typeof cause === "string" ? cause : Object.prototype.toString.call(cause));
      break;
    }
    parts.push([headline(cause), ...framesOf(cause)].join("\n"));
    cause = cause.cause;
  }
  return parts.join("\nCaused by: ");
}

/** Name and message; of a failed statement, its text with placeholders instead of its values. */
function headline(error: Error): string {
  const { query, code } = error as Error & { query?: unknown; code?: unknown };
  const what = typeof query === "string" ? `a statement failed: ${query.slice(0, 500)}` : error.message;
  return `${error.name}: ${what}${typeof code === "string" ? ` (${code})` : ""}`;
}

function framesOf({ stack = "" }: Error): string[] {
  return stack.split("\n").filter((line) => /^\s+at /.test(line));
}
