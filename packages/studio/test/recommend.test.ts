import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingBrowser, type StudioUnderTest, samplePath, startStudio, violationsOn } from "./browser.ts";

const books = join(import.meta.dirname, "../../recommend/sample/books.csv");

describe.skipIf(missingBrowser !== undefined)(missingBrowser ?? "recommendation and summaries in a browser", () => {
  let studio: StudioUnderTest;
  beforeAll(async () => {
    studio = await startStudio();
  });
  afterAll(() => studio?.end());

  test("an empty shelf teaches, takes a table, and recommends with reasons", async () => {
    const page = await studio.open("/recommend");
    await page.getByRole("heading", { name: "A shelf with nothing on it" }).waitFor();
    await page.locator('input[type="file"]').setInputFiles(books);
    await page.getByText("30 books", { exact: true }).first().waitFor();
    await page.getByRole("searchbox").fill("a lonely robot: robots and loneliness");
    await page.keyboard.press("Enter");
    const first = page.getByRole("listitem").filter({ hasText: "The Lamp Keeper's Machine" }).first();
    await first.getByText("robots", { exact: true }).waitFor();
    await first.getByText("loneliness", { exact: true }).waitFor();
    expect(new URL(page.url()).searchParams.get("q")).toBe("a lonely robot: robots and loneliness");
    expect(await violationsOn(page)).toEqual([]);
  });

  test("what is disliked is gone at once, and what is liked decides what follows", async () => {
    const page = await studio.open("/recommend?q=kings+and+magic");
    await page.getByRole("button", { name: "Dislike: Crown of Thistle" }).click();
    await page.getByRole("button", { name: "Dislike: Crown of Thistle" }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: "Like: The Dragon Below the Mill", exact: true }).click();
    await page.getByRole("tab", { name: "For you" }).click();
    await page.getByText("Because you liked").first().waitFor();
    await page.getByRole("button", { name: "Take it back: Crown of Thistle" }).waitFor();
  });

  test("the map is drawn, and the page speaks Chinese", async () => {
    const page = await studio.open("/recommend?tab=map", { locale: "zh-CN" });
    await page.getByRole("img", { name: "书目地图" }).waitFor({ timeout: 60_000 });
    expect(await page.locator("canvas").count()).toBeGreaterThan(0);
  });

  test("a summary shows its evidence on the page, its scores, and is kept", async () => {
    await studio.loam.library.add(samplePath);
    const page = await studio.open("/summaries");
    await page.getByRole("button", { name: "Summarise" }).click();
    await page.getByText("Sentences of the paper (extractive)").waitFor({ timeout: 60_000 });
    await page.getByText("BERTScore", { exact: true }).waitFor();
    await page.locator("mark[data-page]").first().waitFor();
    await page.getByRole("button", { pressed: false }).first().waitFor();
    expect(await violationsOn(page)).toEqual([]);
    await page.getByRole("link", { name: "Open in the document" }).click();
    await page.waitForURL(/\/documents\/doc_.*at=/);
    const again = await studio.open("/summaries");
    await again.getByRole("heading", { name: "Kept summaries" }).waitFor();
  });

  test("nothing went wrong in the pages", () => {
    expect(studio.problems).toEqual([]);
  });
});
