import { createReadStream } from "node:fs";
import { setImmediate as breathe } from "node:timers/promises";
import { NotFoundError } from "@loam/core";

/** The lines of a file, many at a time. Bytes that are no UTF-8 come as U+FFFD. @throws {NotFoundError} */
export async function* linesOf(path: string): AsyncGenerator<string[]> {
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const part of createReadStream(path, { highWaterMark: 2 ** 18 })) {
      const lines = (rest + decoder.decode(part as Buffer, { stream: true })).split("\n");
      rest = lines.pop()!;
      yield lines;
      await breathe();
    }
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT")
      throw new NotFoundError("file", path, { cause, hint: "check the path" });
    throw cause;
  }
  rest += decoder.decode();
  if (rest !== "") yield [rest];
}
