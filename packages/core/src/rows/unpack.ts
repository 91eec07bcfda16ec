import type { ReadStream } from "node:fs";
import { Transform } from "node:stream";
import { createGunzip } from "node:zlib";
import { badRows } from "./row.ts";

/** A real table shrinks to a tenth or a thirtieth; what unpacks to this many times its bytes repeats one line. */
const largestRatio = 200;
/** Below this it does not matter. */
const harmlessBytes = 64 * 2 ** 20;

/** The bytes of a gzipped table. @throws {InputError} `bad_rows` for one that was made to grow without an end. */
export function gunzipped(packed: ReadStream, path: string): Transform {
  const unzip = createGunzip();
  let unpackedBytes = 0;
  const watched = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      unpackedBytes += chunk.length;
      if (unpackedBytes > harmlessBytes && unpackedBytes > largestRatio * unzip.bytesWritten)
        done(badRows(path, `it unpacks to more than ${largestRatio} times its size`));
      else done(null, chunk);
    },
  });
  packed.on("error", (error) => watched.destroy(error));
  unzip.on("error", (cause) => watched.destroy(badRows(path, `it is no gzip file: ${cause.message}`, cause)));
  watched.on("close", () => {
    packed.destroy();
    unzip.destroy();
  });
  packed.pipe(unzip).pipe(watched);
  return watched;
}
