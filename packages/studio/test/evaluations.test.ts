import { join } from "node:path";
import { functionSystem, makeDataset, runEvaluation } from "@loam/evaluation";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingBrowser, type StudioUnderTest, startStudio, violationsOn } from "./browser.ts";

describe.skipIf(missingBrowser !== undefined)(missingBrowser ?? "measuring in a browser", () => {
  let studio: StudioUnderTest;
  beforeAll(async () => {
    studio = await startStudio();
  });
  afterAll(() => studio?.end());

  test("without runs the page teaches how to make one", async () => {
    const page = await studio.open("/evaluations");
    await page.getByRole("heading", { name: "No runs yet" }).waitFor();
    await page.getByText("loam evaluate eval.yaml").waitFor();
  });

  test("the playground scores an example, shows what matches on both sides, and its link brings all of it back", async () => {
    const page = await studio.open("/evaluations/playground");
    await page.getByRole("button", { name: "A summary" }).click();
    await page.getByText("4 matches / 15 n-grams = 0.267").waitFor();
    await page.getByRole("button", { name: "ROUGE-L", exact: true }).click();
    await page.getByText("7 words in common / 16 words = 0.438").waitFor();
    const candidate = page.getByRole("group", { name: "Candidate" });
    const reference = page.getByRole("group", { name: "Reference" });
    await candidate.locator("mark", { hasText: "Tuesday" }).hover();
    await reference.locator("mark[data-active]", { hasText: "Tuesday" }).waitFor();
    expect(await reference.locator("mark[data-active]").count()).toBe(1);
    await page.getByRole("button", { name: "harbour" }).focus();
    await candidate.locator("mark[data-active]", { hasText: "harbour" }).waitFor();

    await page.waitForURL(/metric=rougeL/);
    const again = await studio.open(page.url().slice(studio.url.length));
    await again.getByText("7 words in common / 16 words = 0.438").waitFor();
    const written = again.getByRole("textbox", { name: "Candidate" });
    expect(await written.inputValue()).toContain("approved the new harbour");
    await written.fill("After months of arguments, the council approved a harbour.");
    await again.getByText(/words in common \/ 9 words/).waitFor();
  });

  test("BERTScore comes as a matrix with the best partners; Chinese texts are matched by words", async () => {
    const page = await studio.open("/evaluations/playground?c=the+cat+sat&r=a+cat+was+sitting&metric=bertscore");
    const matrix = page.getByRole("region", { name: "Similarity of every two tokens" });
    await matrix.waitFor();
    expect(await matrix.locator("[data-row-best]").count()).toBe(3);
    await page.getByRole("row", { name: /^BERTScore 0\.\d+ 0\.\d+ 0\.\d+/ }).waitFor();
    const chinese = await studio.open("/evaluations/playground?metric=rouge1&c=今天天气很好&r=天气今天不错", {
      locale: "zh-CN",
    });
    await chinese.getByRole("group", { name: "候选文本" }).locator("mark", { hasText: "天气" }).waitFor();
    await chinese.getByText(/切分方式：words/).waitFor();
  });

  test("a run is listed, compared, and followed down to a row and its trace", async () => {
    const colours = ["red", "green", "blue", "white"];
    const dataset = makeDataset(
      colours.map((colour) => ({ id: `boat/${colour}`, source: `the ${colour} boat`, reference: `a ${colour} boat` })),
      { name: "boats.jsonl" },
    );
    const copy = functionSystem("copy", ({ source }) => source!);
    const gold = functionSystem("gold", ({ references, id }) => {
      if (id === "boat/blue") throw new Error("no paint");
      return references[0]!;
    });
    await runEvaluation({
      name: "boats",
      dataset,
      systems: [copy, gold],
      metrics: ["rouge1", "ter"],
      folder: join(studio.loam.store.home, "evaluations", "boats-1"),
    });
    const page = await studio.open("/evaluations");
    await page.getByRole("link", { name: "boats" }).click();
    await page.getByRole("row", { name: /^gold 1\.0000/ }).waitFor();
    await page
      .getByRole("region", { name: "Cost and quality" })
      .getByText(/^Nothing is both better and/)
      .waitFor();
    await page.getByText("Matrix", { exact: true }).click();
    const row = (name: string) => page.getByRole("row", { name: new RegExp(`^${name} `) });
    await row("boat/white").getByRole("button", { name: "Pin on top: boat/white" }).click();
    await row("boat/white").getByRole("button", { name: "Unpin: boat/white" }).waitFor();
    await expect.poll(() => page.getByRole("row").nth(1).textContent()).toContain("boat/white");
    await row("boat/red").getByRole("button", { name: "Bad: copy" }).click();
    await row("boat/red").getByRole("button", { name: "Bad: copy", pressed: true }).waitFor();
    await page.getByRole("combobox", { name: "Rows", exact: true }).click();
    await page.getByRole("option", { name: "Rows that turned" }).click();
    await page.getByText("3 rows").waitFor();
    await row("boat/red").getByRole("link", { name: "boat/red" }).click();
    const diff = page.getByRole("region", { name: "Word by word" });
    expect(await diff.locator("del").allTextContents()).toEqual(["the"]);
    expect(await diff.locator("ins").allTextContents()).toEqual(["a"]);
    await page.getByRole("textbox", { name: "Note on copy" }).fill("an article");
    await page.getByRole("button", { name: "Save note" }).click();
    await page.getByRole("button", { name: "Save note" }).waitFor({ state: "hidden" });
    await page.getByRole("link", { name: "All rows" }).click();
    await page.getByText("Note: an article").waitFor();
    await page.getByText("Compare", { exact: true }).click();
    await page.getByText("0 · 0 · 3").first().waitFor();
    await page.getByRole("link", { name: "boat/green" }).click();
    await page.getByRole("heading", { name: "Row boat/green" }).waitFor();
    const cell = page.getByRole("region", { name: "copy" });
    await cell.locator("mark", { hasText: "boat" }).first().waitFor();
    expect(await cell.locator("mark").allTextContents()).toContain("green");
    expect(await cell.getByRole("link", { name: "Trace" }).getAttribute("href")).toMatch(/^\/traces\/[0-9a-f]{32}$/);
    await page.getByRole("link", { name: "Next row" }).click();
    await page.getByRole("region", { name: "gold" }).getByText("no paint").waitFor();
    await page.getByRole("region", { name: "copy" }).getByRole("link", { name: "Open in the playground" }).click();
    await page
      .getByText(/matches \/ 3 n-grams/)
      .first()
      .waitFor();
  });

  test("an evaluation is put together from a table, started, and looked at when it is through", async () => {
    const page = await studio.open("/evaluations");
    await page.getByRole("link", { name: "New evaluation" }).click();
    await page.getByText("Still missing: a name, a table, a system with all its fields, a metric.").waitFor();
    await page.getByRole("textbox", { name: "Name" }).fill("from a table");
    const [chooser] = await Promise.all([
      page.waitForEvent("filechooser"),
      page.getByRole("button", { name: "Choose a table" }).click(),
    ]);
    const table = "id,source,reference\n1,the red boat,a red boat\n2,the blue boat,a blue boat\n";
    await chooser.setFiles({ name: "boats.csv", mimeType: "text/csv", buffer: Buffer.from(table) });
    await page.getByText("2 rows of boats.csv").waitFor();
    await page.getByRole("button", { name: "Add a system" }).click();
    await page.getByRole("menuitem", { name: "A column of the rows" }).click();
    await page.getByRole("textbox", { name: "Column" }).fill("source");
    await page.getByRole("combobox", { name: "Metrics" }).click();
    await page.getByRole("option", { name: "ROUGE-1", exact: true }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("region", { name: "As a file for loam evaluate" }).getByText("path: boats.csv").waitFor();
    const [file] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Download eval.yaml" }).click(),
    ]);
    expect(file.suggestedFilename()).toBe("eval.yaml");
    expect(await violationsOn(page)).toEqual([]);
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.getByRole("row", { name: /^recorded 0\.6667/ }).waitFor();
    await page.getByText("Matrix", { exact: true }).click();
    await page.getByRole("link", { name: "2", exact: true }).click();
    await page.getByRole("button", { name: "Make again: recorded" }).click();
    await page.waitForURL(/view=rows/);
    const run = `${studio.url}/api${new URL(page.url()).pathname}`;
    await expect.poll(async () => ((await (await fetch(run)).json()) as { state: string }).state).toBe("finished");
    await page.reload();
    await page.getByRole("row", { name: /^2 / }).getByText("0.6667").waitFor();
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.waitForURL(/\/evaluations$/);
  });

  test.each([
    ["/evaluations/new", { viewport: { width: 390, height: 844 }, colorScheme: "dark" as const }],
    ["/evaluations", {}],
    ["/evaluations/playground?c=a+cat&r=the+cat&metric=bertscore", { colorScheme: "dark" as const }],
    ["/evaluations/boats-1", {}],
    ["/evaluations/boats-1?view=rows", { viewport: { width: 390, height: 844 } }],
    ["/evaluations/boats-1?view=rows&show=turned", { colorScheme: "dark" as const, locale: "zh-CN" }],
    ["/evaluations/boats-1?view=compare", { colorScheme: "dark" as const }],
    ["/evaluations/boats-1/rows/boat%2Fred", { viewport: { width: 390, height: 844 } }],
  ])("%s can be used by everyone, and does not overflow", async (path, options) => {
    const page = await studio.open(path, options);
    await page.locator("table, section, form").first().waitFor();
    await page.waitForTimeout(1200);
    expect(await violationsOn(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
  });

  test("no page threw, logged an error or broke its own content policy", () => {
    expect(studio.problems).toEqual([]);
  });
});
