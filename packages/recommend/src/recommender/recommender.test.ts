import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { authorNames } from "../items/authors.ts";
import { readCatalogue } from "../items/catalogue.ts";
import { plainText } from "../items/plain-text.ts";
import { openRecommender } from "./open-recommender.ts";
import type { Recommendation } from "./recommender-types.ts";

const sample = join(import.meta.dirname, "../../sample");
const catalogue = join(sample, "books.csv");
const ratings = join(sample, "ratings.csv");
const folder = mkdtempSync(join(tmpdir(), "loam-recommend-"));
afterAll(() => rmSync(folder, { recursive: true }));

const ids = (found: readonly Recommendation[]): string[] => found.map(({ item }) => item.id);
function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

describe("readCatalogue", () => {
  test("Chinese headers, countries before authors, two columns of tags", async () => {
    const path = file(
      "zh.csv",
      "书名,作者,标签,分类,出版年,评分\n群星,[美] 甲·乙、丙,科幻|太空,小说,2016-5,8.9\n,丁,,,,\n",
    );
    expect(await readCatalogue(path)).toEqual({
      items: [
        {
          id: "1",
          title: "群星",
          authors: ["甲·乙", "丙"],
          tags: ["科幻", "太空", "小说"].map((name) => ({ name, weight: 1 })),
          year: 2016,
          rating: 8.9,
        },
      ],
      skipped: { withoutTitle: 1, repeatedId: 0, malformed: 0, malformedLines: [] },
    });
  });

  test("without a column of titles the columns are listed; a given column must be there", async () => {
    const path = file("odd.csv", "heading,by\nSolaris,Lem\n");
    await expect(readCatalogue(path)).rejects.toThrow('its columns are "heading", "by"');
    await expect(readCatalogue(path, { columns: { title: "headings" } })).rejects.toThrow('"headings" does not exist');
    expect((await readCatalogue(path, { columns: { title: "heading", authors: "by" } })).items[0]).toMatchObject({
      title: "Solaris",
      authors: ["Lem"],
    });
  });

  test("counts of tags weigh them, readers' shelves are none, repeated ids are counted", async () => {
    const rows = [
      { id: 7, title: "A", tags: { robots: 9, "to-read": 50, sad: 0 } },
      { id: 7, title: "B" },
    ];
    const { items, skipped } = await readCatalogue(file("list.json", JSON.stringify(rows)));
    expect(items[0]!.tags).toEqual([{ name: "robots", weight: Math.log(10) }]);
    expect(skipped.repeatedId).toBe(1);
  });
});

describe("cells as people fill them", () => {
  test.each([
    ["Herbert, Frank", ["Frank Herbert"]],
    ["Le Guin, Ursula K.", ["Ursula K. Le Guin"]],
    ["Herbert, Frank; Anderson, Kevin J.", ["Frank Herbert", "Kevin J. Anderson"]],
    ["Gaiman, Neil, Pratchett, Terry", ["Neil Gaiman", "Terry Pratchett"]],
    ["Terry Pratchett, Neil Gaiman", ["Terry Pratchett", "Neil Gaiman"]],
    ["Frank Herbert", ["Frank Herbert"]],
    ["刘慈欣,王晋康", ["刘慈欣", "王晋康"]],
    ["[美] 甲·乙、丙", ["甲·乙", "丙"]],
  ])("the authors %j", (cell, names) => {
    expect(authorNames(cell)).toEqual(names);
  });

  test.each([
    ["<p>Power &amp; <b>prophecy</b> on Arrakis<script>alert(1)</script></p>", "Power & prophecy on Arrakis"],
    ["<b>Healthy</b> eating <br/>for all", "Healthy eating for all"],
    ["a < b and c > d", "a < b and c > d"],
    ["AT&amp;T &#8212; caf&eacute;", "AT&T — café"],
  ])("%j is read as %j", (cell, text) => {
    expect(plainText(cell)).toBe(text);
  });
});

describe("fromText", () => {
  test("finds by tags and says by which", async () => {
    const recommender = await openRecommender({ catalogue });
    const found = await recommender.fromText("a lonely robot: robots and loneliness", { n: 3 });
    expect(found[0]!.item.title).toBe("The Lamp Keeper's Machine");
    expect(found[0]!.reason).toBe("tags “robots”, “loneliness”");
    expect(found[0]!.similarity).toBeGreaterThan(found[2]!.similarity);
    expect(found[0]!.similarity).toBeLessThanOrEqual(1);
  });

  test("in Chinese", async () => {
    const recommender = await openRecommender({ catalogue });
    const [first] = await recommender.fromText("关于人工智能与孤独的科幻故事");
    expect(first!.item.title).toBe("机器的黄昏");
    expect(first!.matches.map(({ text }) => text)).toEqual(expect.arrayContaining(["科幻", "人工智能", "孤独"]));
  });

  test("filters, one book an author, and diversity", async () => {
    const recommender = await openRecommender({ catalogue });
    const query = "murder mystery with a detective, trains";
    expect(ids(await recommender.fromText(query, { n: 4 }))).toEqual(expect.arrayContaining(["8", "9", "10"]));
    expect(ids(await recommender.fromText(query, { filters: { years: [1993, 1996] } }))).toEqual(["9", "15"]);
    expect(ids(await recommender.fromText(query, { filters: { tags: ["Village"], languages: ["en"] } }))).toEqual([
      "10",
    ]);
    const single = await recommender.fromText(query, { perAuthor: 1 });
    expect(new Set(single.map(({ item }) => item.authors[0])).size).toBe(single.length);
    const pair = ids(await recommender.fromText(query, { n: 2 }));
    const varied = ids(await recommender.fromText(query, { n: 2, diversity: 0.7 }));
    expect(varied[0]).toBe(pair[0]);
    expect(varied[1]).not.toBe(pair[1]);
  });

  test("an embedder brings what no word matches", async () => {
    const axis = (text: string): Float32Array => Float32Array.of(/sea|whale|ocean/i.test(text) ? 1 : 0, 0.1);
    const embedder = {
      id: "test:ocean",
      dimensions: 2,
      embed: async (texts: readonly string[]) =>
        texts.map((text) => axis(text).map((x, _, all) => x / Math.hypot(...all))),
      countTokens: (text: string) => text.length,
    };
    const recommender = await openRecommender({ catalogue, embedder });
    const found = await recommender.fromText("ocean", { n: 3 });
    expect(ids(found).sort()).toEqual(["5", "6", "7"]);
    expect(found[0]!.reason).toBe("close in meaning");
    expect(found[0]!.similarity).toBeCloseTo(1, 2);
  });

  test("nothing asked, and options out of range, are refused", async () => {
    const recommender = await openRecommender({ catalogue });
    await expect(recommender.fromText(" ")).rejects.toThrow("`query`");
    await expect(recommender.fromText("sea", { diversity: 2 })).rejects.toThrow("`diversity` is 2");
    expect(await recommender.fromText("zzzz")).toEqual([]);
  });
});

describe("similarTo", () => {
  test("by title or id, with what the two share", async () => {
    const recommender = await openRecommender({ catalogue });
    const found = recommender.similarTo("the clockmaker's poison", { n: 2 });
    expect(found[0]).toMatchObject({
      item: { id: "9" },
      reason: "author “Agnes Thorn”; tags “detective”, “mystery”, “murder”",
    });
    expect(ids(recommender.similarTo("8", { n: 2 }))).toEqual(ids(found));
    expect(() => recommender.similarTo("The Clockmaker Poison")).toThrow('Did you mean "The Clockmaker\'s Poison"?');
  });
});

describe("forUser", () => {
  test("readers of the same taste decide, an item nobody rated is judged by its content", async () => {
    const recommender = await openRecommender({ catalogue, ratings });
    expect(recommender.report).toMatchObject({ ratings: 22, ratingsOfUnknownItems: 1, users: 7, items: 30 });
    const found = recommender.forUser("ana", { n: 6 });
    expect(ids(found)).not.toContain("1");
    expect(ids(found).slice(0, 3).sort()).toEqual(["23", "24", "3"]);
    expect(found[0]!.reason).toMatch(/^because you liked “/);
  });

  test("a rating below a like says what was read: what goes with it comes first", async () => {
    const items = ["liked", "read", "near", "far", "other"].map((id) => ({ id, title: id, authors: [], tags: [] }));
    const group = (count: number, name: string, given: [string, number][]) =>
      Array.from({ length: count }, (_, i) =>
        given.map(([item, value]) => ({ user: `${name}${i}`, item, value })),
      ).flat();
    const all = [
      ...group(6, "a", [
        ["liked", 5],
        ["near", 5],
        ["other", 5],
      ]),
      ...group(8, "b", [
        ["liked", 5],
        ["far", 5],
        ["other", 5],
      ]),
      ...group(6, "c", [
        ["read", 3],
        ["near", 5],
      ]),
      ...group(2, "d", [["read", 5]]),
    ];
    const alike = [{ user: "one", item: "liked", value: 5 }];
    const recommender = await openRecommender({
      catalogue: items,
      ratings: [...all, ...alike, { user: "two", item: "liked", value: 5 }, { user: "two", item: "read", value: 3 }],
    });
    const first = (user: string) => ids(recommender.forUser(user)).find((id) => id === "near" || id === "far");
    expect([first("one"), first("two")]).toEqual(["far", "near"]);
    expect(ids(recommender.forUser("two"))).not.toContain("read");
  });

  test("a stranger gets what most readers liked; without ratings, the best rated", async () => {
    const rated = await openRecommender({ catalogue, ratings });
    expect(rated.forUser("nobody", { n: 1 })[0]).toMatchObject({ item: { id: "1" }, reason: "liked by many readers" });
    const plain = await openRecommender({ catalogue });
    expect(ids(plain.forUser({}, { n: 1 }))).toEqual(["13"]);
  });

  test("one who only dislikes gets the others, what is like it last; nothing is called well rated that nobody rated", async () => {
    const unrated = await openRecommender({
      catalogue: [
        { id: "1", title: "Dragons", authors: [], tags: [{ name: "magic", weight: 1 }] },
        { id: "2", title: "More dragons", authors: [], tags: [{ name: "magic", weight: 1 }] },
        { id: "3", title: "Accounting", authors: [], tags: [{ name: "money", weight: 1 }] },
      ],
    });
    const found = unrated.forUser({ disliked: ["1"] });
    expect(found.map(({ item, basis }) => [item.id, basis])).toEqual([
      ["3", "taste"],
      ["2", "unknown"],
    ]);
    expect(unrated.forUser({}).map(({ basis }) => basis)).toEqual(["unknown", "unknown", "unknown"]);
    expect(unrated.forUser({ seen: ["1"] }).map(({ item }) => item.id)).toEqual(["2", "3"]);
    expect(unrated.knows("nobody")).toBe(false);
  });

  test("feedback counts with the next call and can be taken back", async () => {
    const recommender = await openRecommender({ catalogue });
    recommender.feedback("The Dragon Below the Mill", "like");
    expect(ids(recommender.forUser({}, { n: 1 }))).toEqual(["19"]);
    recommender.feedback("19", "dislike");
    expect(ids(recommender.forUser({}, { n: 30 }))).not.toContain("19");
    expect(ids(await recommender.fromText("kings and magic"))).not.toContain("19");
    recommender.feedback("20", "seen");
    expect(ids(recommender.similarTo("18"))).not.toContain("20");
    recommender.feedback("19", "clear");
    expect(ids(await recommender.fromText("kings and magic"))[0]).toBe("19");
    expect(ids(await recommender.fromText("magic", { user: "someone else" }))).toContain("20");
  });
});
