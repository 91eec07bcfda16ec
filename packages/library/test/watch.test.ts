import { appendFile, mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openUseLite } from "@loam/models";
import { openStore } from "@loam/store";
import { afterAll, beforeEach, describe, expect, test } from "vitest";
import { openLibrary, type WatchEvent } from "../src/index.ts";
import { type LastLook, syncFolder } from "../src/watch/sync-folder.ts";

describe("a watched folder", async () => {
  const home = await mkdtemp(join(tmpdir(), "loam-watch-"));
  const embed = await openUseLite();
  const store = await openStore({ home: join(home, "store") });
  const library = await openLibrary({ store, models: { embed } });
  const folder = join(home, "papers");
  afterAll(async () => {
    await library.close();
    await store.close();
    await embed.close();
    await rm(home, { recursive: true, force: true });
  });

  let last: LastLook | undefined;
  /** Two looks: what has stopped growing is read in the second. */
  async function look(looks = 2): Promise<string[]> {
    const events: WatchEvent[] = [];
    for (let i = 0; i < looks; i++)
      last = await syncFolder({ library, store }, folder, { last, onEvent: (event) => events.push(event) });
    return events.map(({ type, path }) => `${type} ${path.slice(folder.length + 1)}`);
  }
  const names = async () => (await library.documents()).map(({ name }) => name).sort();

  beforeEach(async () => {
    await mkdir(folder, { recursive: true });
  });

  test("is read, followed through changes, and forgotten", async () => {
    await writeFile(join(folder, "bees.txt"), "Mason bees nest in hollow stems in spring.");
    await writeFile(join(folder, ".hidden.txt"), "nobody");
    expect(await look(1)).toEqual([]);
    expect(await look(1)).toEqual(["added bees.txt"]);
    expect(await look()).toEqual([]);
    const { id } = (await library.documents())[0]!;

    await mkdir(join(folder, "sub"));
    await rename(join(folder, "bees.txt"), join(folder, "sub", "wild-bees.txt"));
    expect(await look()).toEqual(["renamed sub/wild-bees.txt"]);
    expect((await library.documents()).map((document) => [document.id, document.name])).toEqual([
      [id, "wild-bees.txt"],
    ]);

    await writeFile(join(folder, "sub", "wild-bees.txt"), "Mason bees nest in clay walls in autumn.");
    expect(await look()).toEqual(["changed sub/wild-bees.txt"]);
    const { answer } = await library.ask("Where do mason bees nest?").result;
    expect(answer).toContain("clay walls");
    expect(await names()).toEqual(["wild-bees.txt"]);

    await rm(join(folder, "sub"), { recursive: true });
    expect(await look()).toEqual(["removed sub/wild-bees.txt"]);
    expect((await library.ask("Where do mason bees nest?").result).mode).toBe("refused");
    expect(await names()).toEqual([]);
  });

  test("a file that grows between two looks waits", async () => {
    const path = join(folder, "slow.md");
    await writeFile(path, "# Half");
    expect(await look(1)).toEqual([]);
    await appendFile(path, "\n\nThe other half of the sentence came later.");
    expect(await look(1)).toEqual([]);
    expect(await look(1)).toEqual(["added slow.md"]);
    await rm(path);
    expect(await look()).toEqual(["removed slow.md"]);
  });

  test("what cannot be read is said once, and read when it has been mended", async () => {
    const path = join(folder, "bad.docx");
    await writeFile(path, "no Word document");
    expect(await look()).toEqual(["failed bad.docx"]);
    expect(await look()).toEqual([]);
    await rename(path, join(folder, "good.txt"));
    expect(await look()).toEqual(["added good.txt", "removed bad.docx"]);
    await rm(join(folder, "good.txt"));
    await look();
  });

  test("two files of the same bytes are one document, which goes with the last of them", async () => {
    for (const name of ["a.txt", "b.txt"]) await writeFile(join(folder, name), "The same words stand in both files.");
    await look();
    expect(await library.documents()).toHaveLength(1);
    await rm(join(folder, "a.txt"));
    await look();
    expect(await library.documents()).toHaveLength(1);
    await rm(join(folder, "b.txt"));
    await look();
    expect(await library.documents()).toHaveLength(0);
  });

  test("a document that was there before is not removed, and a folder that is away removes nothing", async () => {
    const bytes = new TextEncoder().encode("An older document of the library.");
    const { id } = await library.add({ name: "old.txt", bytes });
    await writeFile(join(folder, "old.txt"), bytes);
    await writeFile(join(folder, "new.txt"), "A document of the folder.");
    await look();
    await rename(folder, `${folder}-away`);
    await expect(look()).rejects.toThrow("folder");
    expect(await names()).toEqual(["new.txt", "old.txt"]);
    await mkdir(folder);
    await look();
    expect((await library.documents()).map((document) => document.id)).toEqual([id]);
  });
});
