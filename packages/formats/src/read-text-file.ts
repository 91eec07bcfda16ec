import { InputError, NotFoundError } from "@loam/core";
import { openRandomAccess } from "./random-access.ts";

/**
 * A text file that somebody else may have made: a regular file of a sensible size. A link to a device, a pipe or a file that
 * is larger than what it should be is refused, not read.
 *
 * @throws {NotFoundError} when there is none. @throws {InputError} `not_a_file`, `too_large`.
 */
export async function readTextFile(
  path: string,
  { maxBytes = 256 << 20, hint }: { maxBytes?: number; hint?: string } = {},
): Promise<string> {
  const file = await openRandomAccess(path).catch((error) => {
    throw error instanceof NotFoundError && hint ? new NotFoundError("file", path, { cause: error, hint }) : error;
  });
  try {
    if (file.sizeBytes > maxBytes) {
      throw new InputError("too_large", `${path} has ${file.sizeBytes} bytes; expected at most ${maxBytes}.`, {
        details: { path, sizeBytes: file.sizeBytes, maxBytes },
        hint: "check that it is the file it should be",
      });
    }
    return new TextDecoder().decode(await file.read(0, file.sizeBytes));
  } finally {
    await file.close();
  }
}
