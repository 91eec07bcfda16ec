import { createReadStream } from "node:fs";
import { InputError, NotFoundError, throwIfCancelled } from "../errors/errors.ts";
import { tooLong } from "./decode-text.ts";
import { maxRecordCharacters } from "./row.ts";

/** One line of a JSON Lines file. */
export interface JsonLine<T = unknown> {
  value: T;
  /** Counted from 1. */
  line: number;
}

/**
 * Reads a JSON Lines file (one JSON value per line, UTF-8, blank lines skipped) a line at a time, in constant memory.
 *
 * @param source a path, or chunks of bytes or text.
 * @throws {InputError} `bad_jsonl` with the line number, the start of the line and what is wrong with it.
 * @throws {NotFoundError} when there is no such file.
 */
export async function* readJsonLines<T = unknown>(
  source: string | AsyncIterable<Uint8Array | string> | Iterable<Uint8Array | string>,
  {
    name,
    signal,
    onBadLine,
  }: {
    name?: string;
    signal?: AbortSignal;
    /** Hears of a line that is no JSON instead of an error; the lines after it are read on. */
    onBadLine?: (error: InputError, line: number) => void;
  } = {},
): AsyncGenerator<JsonLine<T>> {
  const label = name ?? (typeof source === "string" ? source : "input");
  const chunks = typeof source === "string" ? createReadStream(source) : source;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  let line = 0;
  const parse = (text: string): JsonLine<T> | undefined => {
    line++;
    const trimmed = text.trim();
    if (!trimmed) return undefined;
    try {
      return { value: JSON.parse(trimmed) as T, line };
    } catch (cause) {
      const start = trimmed.length > 60 ? `${trimmed.slice(0, 57)}...` : trimmed;
      const error = new InputError("bad_jsonl", `${label}, line ${line}: not a JSON value: ${start}`, {
        details: { name: label, line },
        hint: "each line must hold one complete JSON value",
        cause,
      });
      if (!onBadLine) throw error;
      onBadLine(error, line);
      return undefined;
    }
  };
  try {
    for await (const chunk of chunks) {
      throwIfCancelled(signal, `reading ${label}`);
      const lines = (rest + (typeof chunk === "string" ? chunk : decoder.decode(chunk, { stream: true }))).split("\n");
      rest = lines.pop()!;
      if (rest.length > maxRecordCharacters) throw tooLong(label, line + lines.length + 1);
      if (line === 0 && lines.length > 0) lines[0] = lines[0]!.replace(/^\uFEFF/, "");
      for (const text of lines) {
        const parsed = parse(text);
        if (parsed) yield parsed;
      }
    }
    const last = parse((rest + decoder.decode()).replace(/^\uFEFF/, ""));
    if (last) yield last;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") {
      throw new NotFoundError("file", label, { cause, hint: "check the path" });
    }
    if ((cause as NodeJS.ErrnoException).code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
      throw new InputError("bad_jsonl", `${label}, after line ${line}: the bytes are not UTF-8.`, {
        details: { name: label, line },
        hint: "save the file as UTF-8",
        cause,
      });
    }
    throw cause;
  }
}

/** Values as JSON Lines text, each line ended. */
export function toJsonLines(values: Iterable<unknown>): string {
  let text = "";
  for (const value of values) text += `${JSON.stringify(value)}\n`;
  return text;
}
