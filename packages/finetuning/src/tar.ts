import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/**
 * Files as one tar archive (POSIX ustar), read as they are sent: a large adapter takes no memory.
 *
 * @param files names within the archive with the paths they are read from; names are at most 100 bytes of ASCII.
 */
export async function* tarOf(files: readonly { name: string; path: string }[]): AsyncGenerator<Uint8Array> {
  for (const { name, path } of files) {
    const { size, mtimeMs } = await stat(path);
    yield header(name, size, mtimeMs);
    yield* createReadStream(path, size > 0 ? { end: size - 1 } : {});
    yield new Uint8Array((512 - (size % 512)) % 512);
  }
  yield new Uint8Array(1024); // two empty blocks end the archive
}

function header(name: string, sizeBytes: number, mtimeMs: number): Uint8Array {
  const block = Buffer.alloc(512);
  const octal = (value: number, length: number) =>
    Math.floor(value)
      .toString(8)
      .padStart(length - 1, "0");
  block.write(name, 0, 100);
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108); // owner and group
  block.write(octal(0, 8), 116);
  block.write(octal(sizeBytes, 12), 124);
  block.write(octal(mtimeMs / 1000, 12), 136);
  block.write("        ", 148); // the checksum counts its own field as spaces
  block.write("0", 156); // a file
  block.write("ustar\u000000", 257);
  block.write(
    `${octal(
      block.reduce((sum, byte) => sum + byte, 0),
      7,
    )}\0 `,
    148,
  );
  return block;
}
