import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openUseLite } from "@loam/models";
import { openStore } from "@loam/store";
import { expect, test } from "vitest";
import { writePdf } from "../../pdf/test/write-pdf.ts";
import { openLibrary } from "../src/index.ts";

/** Runs the child until it says `until`, kills it (SIGKILL), and answers the last line it said. */
function killedAt(until: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, "crash-child.ts"), ...args], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let last = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
      last = chunk.trim().split("\n").at(-1)!;
      if (chunk.split("\n").includes(until)) child.kill("SIGKILL");
    });
    child.once("error", reject).once("close", () => resolve(last));
  });
}

test("kill -9 while a document is read loses no acknowledged page, and adding it again finishes it", async () => {
  const home = await mkdtemp(join(tmpdir(), "loam-crash-"));
  try {
    const pageCount = 12;
    const file = join(home, "notes.pdf");
    const pages = Array.from({ length: pageCount }, (_, i) => [
      `# Part ${i + 1}`,
      `Entry number ${i + 1} is kept here.`,
    ]);
    await writeFile(file, await writePdf(pages));
    let acknowledged = 0;
    for (const at of ["3", "7"]) {
      acknowledged = Math.max(acknowledged, Number(await killedAt(at, [home, file])));
      const store = await openStore({ home, databaseUrl: "", blobUrl: "" });
      const library = await openLibrary({ store, models: { embed: unusedEmbedder } });
      const [record] = await library.documents();
      expect(record).toMatchObject({ status: "reading" });
      expect(record!.pagesDone).toBeGreaterThanOrEqual(acknowledged);
      expect(await library.pages(record!.id)).toHaveLength(record!.pagesDone);
      await library.close();
      await store.close();
    }
    const store = await openStore({ home, databaseUrl: "", blobUrl: "" });
    const embed = await openUseLite();
    const library = await openLibrary({ store, models: { embed } });
    const done = await library.add(file);
    expect(done).toMatchObject({ status: "ready", pageCount, pagesDone: pageCount });
    expect(await library.documents()).toHaveLength(1);
    const hits = await library.search("entry number", { k: 50 });
    expect(new Set(hits.map((hit) => hit.chunk.id)).size).toBe(hits.length);
    for (let i = 1; i <= pageCount; i++)
      expect(hits.some((hit) => hit.chunk.text.includes(`number ${i} is`))).toBe(true);
    await library.close();
    await embed.close();
    await store.close();
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});

const unusedEmbedder = {
  id: "none",
  dimensions: 1,
  embed: () => Promise.reject(new Error("nothing is embedded here")),
  countTokens: (text: string) => text.length,
};
