import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { open, rm } from "node:fs/promises";
import { join } from "node:path";
import { NotFoundError } from "@loam/core";

/** Something of the machine that goes wrong for a while, under a server that runs. */
export interface Fault {
  /** What servers are started with. */
  env: NodeJS.ProcessEnv;
  begin(): Promise<void>;
  end(): Promise<void>;
  /** Whether an answer with a 5xx says what is wrong. */
  explains(answer: string): boolean;
  /** Takes away what was set up. */
  close(): Promise<void>;
}

const mib = 1024 ** 2;

/** A home on a disk of its own, in memory, that is filled to the last byte and emptied again. Needs the right to mount. */
export function fullDisk(home: string, sizeMiB: number): Fault {
  execFileSync("mount", ["-t", "tmpfs", "-o", `size=${sizeMiB}m`, "tmpfs", home]);
  const ballast = join(home, "ballast");
  return {
    env: {},
    begin: async () => {
      const file = await open(ballast, "a");
      try {
        for (const size of [mib, 4096, 1])
          for (const piece = Buffer.alloc(size); ; ) {
            const wrote = await file.write(piece).catch(() => undefined);
            if (!wrote || wrote.bytesWritten < size) break;
          }
      } finally {
        await file.close();
      }
    },
    end: () => rm(ballast, { force: true }),
    explains: (answer) => /disk|space|full|room/i.test(answer),
    close: async () => {
      execFileSync("umount", ["-l", home]);
    },
  };
}

/** Hours by which the clock is put forward and back. */
const jumps = [1, -2, 26, -49, 24 * 400, -24 * 200, 0];

/** A clock that jumps, forward and back. Needs `libfaketime`. @throws {NotFoundError} where that is not installed. */
export function jumpingClock(folder: string): Fault {
  const library = ["x86_64-linux-gnu", "aarch64-linux-gnu"]
    .map((machine) => `/usr/lib/${machine}/faketime/libfaketimeMT.so.1`)
    .find(existsSync);
  if (!library) throw new NotFoundError("library", "libfaketimeMT.so.1", { hint: "apt-get install libfaketime" });
  const file = join(folder, "clock");
  const put = (hours: number) => writeFileSync(file, `${hours < 0 ? "-" : "+"}${Math.abs(hours)}h\n`);
  let next = 0;
  put(0);
  return {
    env: {
      ...{ LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: "1" },
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    },
    begin: async () => put(jumps[next++ % jumps.length]!),
    end: async () => {},
    explains: () => false,
    close: async () => {},
  };
}
