import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { runLoam } from "./run-loam.ts";

const sample = join(import.meta.dirname, "../../recommend/sample");
let home: string;
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), "loam-catalogue-"));
});
afterAll(() => rm(home, { recursive: true, force: true }));

const titles = ({ recommendations }: { recommendations: { title: string }[] }) => recommendations.map((x) => x.title);

test("a catalogue is imported once, asked by name, follows what is liked, and is removed", async () => {
  const given = [join(sample, "books.csv"), "--ratings", join(sample, "ratings.csv"), "--embed", "no"];
  const added = await runLoam(["catalogue", "add", ...given, "--json"], { home });
  expect(added.exitCode).toBe(0);
  expect(added.json()).toMatchObject({ name: "books", embedded: {}, ratings: { badRows: 0 } });
  const listed = (await runLoam(["catalogue", "ls", "--json"], { home })).json();
  expect(listed).toMatchObject([{ id: added.json().id, name: "books" }]);

  const ask = ["recommend", "--catalogue", "books", "--mode", "keyword", "--json"];
  const found = await runLoam([...ask, "robots and loneliness", "-n", "3"], { home });
  expect(titles(found.json())).toContain("Seven Letters to a Robot");
  const ofReader = await runLoam([...ask, "--user", "ana", "-n", "5"], { home });
  expect(titles(ofReader.json())).not.toContain("A Mind Without Windows"); // rated by her
  expect(ofReader.json().recommendations.length).toBeGreaterThan(0);
  const noted = await runLoam([...ask, "--like", "Harbour of Salt", "--user", "me", "-n", "3"], { home });
  expect(titles(noted.json())).toContain("The Last Herring Boat");
  expect(titles(noted.json())).not.toContain("Harbour of Salt");
  const misspelt = await runLoam([...ask, "--like", "Harbour of Sault"], { home });
  expect(misspelt).toMatchObject({ exitCode: 4, stderr: expect.stringContaining("Harbour of Salt") });

  expect((await runLoam(["catalogue", "rm", "books", "--yes"], { home })).exitCode).toBe(0);
  expect((await runLoam(["catalogue", "ls", "--json"], { home })).json()).toEqual([]);
  expect((await runLoam([...ask, "robots"], { home })).exitCode).toBe(4);
});

test("recommend evaluate measures on held-out ratings, and prints what its JSON holds", async () => {
  const [books, ratings] = [join(home, "subjects.csv"), join(home, "subject-ratings.csv")];
  await writeFile(
    books,
    `id,title,tags\n${Array.from({ length: 40 }, (_, i) => `${i},Book ${i},subject${i % 4}`).join("\n")}`,
  );
  const likes = Array.from({ length: 60 * 8 }, (_, i) => {
    const reader = i % 60;
    return `r${reader},${(reader % 4) + 4 * ((3 * Math.floor(i / 60) + reader) % 10)},5`;
  });
  await writeFile(ratings, `user_id,book_id,rating\n${likes.join("\n")}`);
  await runLoam(["catalogue", "add", books, "--ratings", ratings, "--embed", "no"], { home });
  const ask = ["recommend", "evaluate", "subjects", "-k", "5", "--readers", "30"];
  const { exitCode, stdout } = await runLoam(ask, { home });
  expect(exitCode).toBe(0);
  for (const part of ["recall@5", "popularity", "EASE^R (λ ", "BM25", "Loam (blend ", "seed 1"])
    expect(stdout).toContain(part);
  const report = (await runLoam([...ask, "--json"], { home })).json();
  const [popularity, , , bm25] = report.systems;
  expect(stdout).toContain(`${bm25.ndcg.mean.toFixed(3)} [${bm25.ndcg.low.toFixed(3)}, ${bm25.ndcg.high.toFixed(3)}]`);
  expect(bm25.ndcg.mean).toBeGreaterThan(popularity.ndcg.mean);
  expect(bm25.ndcg.low).toBeLessThanOrEqual(bm25.ndcg.mean);
});

test("rows that cannot be read are left out and counted with their lines", async () => {
  const file = join(home, "torn.csv");
  await writeFile(file, 'title,author,tags\nThe Sea,Ada,sea\nToo,many,fields,here\n"The Hill",Bo,hill\nfew\n');
  const ratings = join(home, "torn-ratings.csv");
  await writeFile(ratings, "user_id,book_id,rating\nana,1,5\nana,1\nana,1,high\n");
  const add = ["catalogue", "add", file, "--ratings", ratings, "--embed", "no"];
  const added = await runLoam([...add, "--json"], { home });
  expect(added.exitCode).toBe(0);
  expect(added.json()).toMatchObject({
    items: 2,
    skipped: { withoutTitle: 0, malformed: 2, malformedLines: [3, 5] },
    ratings: { ratings: 1, badRows: 2 },
  });
  expect((await runLoam(add, { home })).stderr).toContain("2 rows cannot be read and were left out: line 3, 5.");
});
