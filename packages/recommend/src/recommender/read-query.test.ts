import { describe, expect, test } from "vitest";
import { openRecommender } from "./open-recommender.ts";
import { readQuery } from "./read-query.ts";

const titles = ["dune", "dune messiah", "the long way home", "三体", "like water for chocolate", "1984"];
const catalogue = {
  rowOfTitle: (title: string) => {
    const row = titles.indexOf(title.trim().toLowerCase());
    return row < 0 ? undefined : row;
  },
  languages: ["en", "fr", "zh"],
};

describe("a description is taken apart", () => {
  test.each([
    ["books like Dune but with dragons", { wanted: "dragons", like: 0, without: [] }],
    ["something similar to “Dune Messiah”", { wanted: "", like: 1, without: [] }],
    ["books like Dune Messiah", { wanted: "", like: 1, without: [] }],
    ["novels like Dune but not about politics", { wanted: "", like: 0, without: ["politics"] }],
    ["像《三体》的书，但不要外星人", { wanted: "", like: 3, without: ["外星人"] }],
    ["类似三体的小说", { wanted: "", like: 3, without: [] }],
    ["vampire romance without high school", { wanted: "vampire romance", without: ["high school"] }],
    ["war stories, no romance or magic", { wanted: "war stories", without: ["romance", "magic"] }],
    ["没有爱情的科幻小说", { wanted: "科幻小说", without: ["爱情"] }],
    ["a man who looks like a fox", { wanted: "a man who looks like a fox", without: [] }],
    ["nothing to lose", { wanted: "nothing to lose", without: [] }],
    ["how to say no", { wanted: "how to say no", without: [] }],
    ["no man's land", { wanted: "no man's land", without: [] }],
  ])("%j", (query, expected) => {
    const { filters: _, ...read } = readQuery(query, catalogue);
    expect(read).toEqual(expected);
  });

  test.each([
    ["space opera before 1980", "space opera", { years: [-9999, 1979] }],
    ["crime novels from the 1990s", "crime novels", { years: [1990, 1999] }],
    ["poems published between 1900 and 1920", "poems", { years: [1900, 1920] }],
    ["科幻 2000年以后", "科幻", { years: [2001, 9999] }],
    ["a love story in French", "a love story", { languages: ["fr"] }],
    ["中文的推理小说", "推理小说", { languages: ["zh"] }],
    ["an uprising in 1984", "an uprising in 1984", {}],
  ])("years and languages: %j", (query, wanted, filters) => {
    expect(readQuery(query, catalogue)).toMatchObject({ wanted, filters });
  });
});

test("“like X but Y” never finds X or an edition of it; what is not wanted is left out; years and languages hold", async () => {
  const items = [
    ["1", "Dune", "Frank Herbert", ["desert", "politics", "space"], 1965, "en"],
    ["2", "Dune (Reissue)", "Frank Herbert", ["desert", "politics", "space"], 2005, "en"],
    ["3", "Sand", "Ann Lee", ["desert", "dragons"], 1999, "en"],
    ["4", "Senate of Stars", "Bo Kim", ["space", "politics"], 1971, "en"],
    ["5", "Night School", "Cy Roe", ["vampires", "romance", "high school"], 2008, "en"],
    ["6", "Old Blood", "Di Fox", ["vampires", "romance"], 2010, "en"],
    ["7", "Sable", "Eva Roy", ["desert", "space"], 1988, "fr"],
  ].map(([id, title, author, tags, year, language]) => ({
    id: id as string,
    title: title as string,
    authors: [author as string],
    tags: (tags as string[]).map((name) => ({ name, weight: 1 })),
    year: year as number,
    language: language as string,
  }));
  const recommender = await openRecommender({ catalogue: items as never });
  const ids = async (query: string) => (await recommender.fromText(query)).map(({ item }) => item.id);
  expect((await ids("books like Dune but with dragons"))[0]).toBe("3");
  for (const query of ["books like Dune but with dragons", "like Dune", "similar to “Dune”, no politics"]) {
    const found = await ids(query);
    expect(found, query).not.toContain("1");
    expect(found, query).not.toContain("2");
    expect(found.length, query).toBeGreaterThan(0);
  }
  expect(await ids("similar to Dune, no politics")).not.toContain("4");
  expect(await ids("vampire romance without high school")).toEqual(["6"]);
  expect(await ids("desert before 1990")).not.toContain("3");
  expect(await ids("space in French")).toEqual(["7"]);
  expect((await recommender.fromText("like Dune"))[0]!.reason).toMatch(/tags/);
});
