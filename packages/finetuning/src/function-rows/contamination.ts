import { namesIn } from "./split-rows.ts";

/** What of a benchmark training rows must not hold. */
export interface BenchmarkTexts {
  /** Names of its functions. */
  functions: ReadonlySet<string>;
  /** Its requests, as {@link requestKey} has them. */
  requests: ReadonlySet<string>;
}

export interface Contamination {
  row: number;
  /** A function of the same name, or the same request. */
  kind: "function" | "request";
  found: string;
}

/** A request without what makes no difference: case, spaces and marks. */
export const requestKey = (request: string): string =>
  request
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, " ")
    .trim();

/** Rows that share a function's name or a request with a benchmark; none is what a fair comparison needs. */
export function findContamination(
  rows: readonly { tools: readonly unknown[]; messages: readonly { role?: unknown; content?: unknown }[] }[],
  { functions, requests }: BenchmarkTexts,
): Contamination[] {
  return rows.flatMap((row, i): Contamination[] => [
    ...namesIn(row)
      .filter((name) => functions.has(name))
      .map((found) => ({ row: i, kind: "function" as const, found })),
    ...row.messages
      .filter(
        ({ role, content }) => role === "user" && typeof content === "string" && requests.has(requestKey(content)),
      )
      .map(({ content }) => ({ row: i, kind: "request" as const, found: String(content) })),
  ]);
}
