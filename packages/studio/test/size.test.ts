import { expect, test } from "vitest";
import { buildStudio } from "../build-studio.ts";
import { firstLoad } from "../first-load.ts";

test("the first page needs at most 300 kB of JavaScript, compressed by gzip", async () => {
  const { jsGzipBytes, files } = firstLoad(await buildStudio());
  expect(files.length).toBeGreaterThan(2);
  expect(jsGzipBytes).toBeLessThanOrEqual(300_000);
});
