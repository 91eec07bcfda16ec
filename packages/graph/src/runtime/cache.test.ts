import { existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { spillToFile, trimWeights } from "./cache.ts";

const home = mkdtempSync(join(tmpdir(), "loam-cache-"));
process.env.LOAM_CACHE = home;
afterAll(() => rmSync(home, { recursive: true }));

test("weights used longest ago go first, but none in use and none of the last hour", () => {
  const used = spillToFile(new Uint8Array(100).fill(1));
  const folder = dirname(used);
  const file = (name: string, hoursAgo: number) => {
    const path = join(folder, name);
    writeFileSync(path, new Uint8Array(100));
    const time = new Date(Date.now() - hoursAgo * 3_600_000);
    utimesSync(path, time, time);
    return path;
  };
  utimesSync(used, new Date(0), new Date(0));
  const [oldest, older, fresh] = [file("oldest.bin", 9), file("older.bin", 5), file("fresh.bin", 0.5)];
  trimWeights(folder, { limitBytes: 300 });
  expect([used, oldest, older, fresh].map((path) => existsSync(path))).toEqual([true, false, true, true]);
  trimWeights(folder, { limitBytes: 0 });
  expect([used, older, fresh].map((path) => existsSync(path))).toEqual([true, false, true]);
});
