import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SOCKET_NAME } from "./folder-lock.ts";

/** What `sun_path` holds without its closing zero: 108 bytes on Linux, 104 on macOS and the BSDs. */
const LONGEST_PATH_BYTES = process.platform === "linux" ? 107 : 103;

/**
 * A new folder for a socket, open to this user alone: inside `home`, or, when that makes the address too long for
 * the system, in the folder for temporary files.
 */
export function makeSocketFolder(home: string): string {
  const inside = join(home, "run-");
  const length = Buffer.byteLength(join(`${inside}XXXXXX`, SOCKET_NAME));
  return mkdtempSync(length <= LONGEST_PATH_BYTES ? inside : join(tmpdir(), "loam-")); // mode 700
}
