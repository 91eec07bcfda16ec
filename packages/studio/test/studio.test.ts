import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DocumentJson } from "@loam/server";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildStudio } from "../build-studio.ts";
import { firstLoad } from "../first-load.ts";
import { missingBrowser, type StudioUnderTest, samplePath, startStudio, violationsOn } from "./browser.ts";
import { plantCanaries } from "./canaries.ts";

const protectedPdf = join(
  process.env.LOAM_DATA ?? join(import.meta.dirname, "../../../../shared/data"),
  "papers/docling/password_2206.01062_pg3.pdf",
);

test("the first page needs at most 300 kB of JavaScript, compressed by gzip", async () => {
  const { jsGzipBytes, files } = firstLoad(await buildStudio());
  expect(files.length).toBeGreaterThan(2);
  expect(jsGzipBytes).toBeLessThanOrEqual(300_000);
});

describe.skipIf(missingBrowser !== undefined)(missingBrowser ?? "the Studio in a browser", () => {
  let studio: StudioUnderTest;
  let sample: string;

  beforeAll(async () => {
    studio = await startStudio();
  });
  afterAll(() => studio?.end());

  /** The place on screen of the first cited region, and whether it can be seen. */
  const highlight = (page: Page) =>
    page
      .locator("mark[data-page]")
      .first()
      .evaluate((mark) => {
        const box = mark.getBoundingClientRect();
        const scroller = mark.closest("section")!.getBoundingClientRect();
        return {
          page: Number((mark as HTMLElement).dataset.page),
          seen: box.top >= scroller.top && box.top < scroller.bottom,
        };
      });

  test("an empty library invites, takes a dropped file, shows it being read page by page, and then its pages", async () => {
    const page = await studio.open("/library");
    await page.getByRole("heading", { name: "Nothing planted yet" }).waitFor();
    await page.locator('input[type="file"]').setInputFiles(samplePath);
    await page.getByRole("progressbar").waitFor();
    await page.getByText("1 scanned").waitFor({ timeout: 120_000 });
    expect(await page.getByText("3 text").count()).toBe(1);
    await page.getByRole("link", { name: "Who Keeps the Water?" }).first().click();
    await page.waitForURL(/\/documents\/doc_/);
    sample = /doc_\w+/.exec(page.url())![0];
    await page.getByRole("img", { name: "Page 1" }).waitFor();
    expect(await page.title()).toContain("Loam");
  });

  test("a file that is no PDF is refused by name, and says why", async () => {
    const page = await studio.open("/library");
    await page.locator('input[type="file"]').setInputFiles({
      name: "notes.pdf",
      mimeType: "application/pdf",
      buffer: Buffer.from("only text"),
    });
    await page.getByText("notes.pdf was not added").waitFor();
    await page.getByText("This file is not a PDF").waitFor();
  });

  test("the first page asks everything that was read, and shows the places of the answer as pieces of their pages", async () => {
    const page = await studio.open("/");
    await page
      .getByRole("textbox", { name: "What would you like to know?" })
      .fill("How deep were the capacitance probes placed?");
    await page.keyboard.press("Enter");
    await expectText(page.getByRole("log"), "12 cm");
    const evidence = page.getByRole("complementary", { name: "Evidence" });
    await evidence
      .getByRole("img", { name: /^The cited place on p\. 1/ })
      .first()
      .waitFor();
    await page.waitForURL(/conversation=/);
    await page.getByRole("button", { name: "Save as" }).click();
    await page.getByRole("radio", { name: /^APA/ }).check();
    const saved = page.waitForEvent("download");
    await page.getByRole("button", { name: "Word document" }).click();
    expect((await saved).suggestedFilename()).toBe("answer.docx");
    await page.keyboard.press("Escape");
    await evidence
      .getByRole("link", { name: /^Open Who Keeps the Water\?, p\. 1/ })
      .first()
      .click();
    await page.waitForURL(/\/documents\/doc_.*at=/);
    expect((await highlight(page)).page).toBe(1);
  });

  test("fields are named, read, looked at on their page and corrected", async () => {
    const page = await studio.open("/extractions");
    await page.getByRole("textbox", { name: "Name of field 1" }).fill("author");
    await page.getByRole("textbox", { name: "Name of field 2" }).fill("depth");
    await page.getByRole("button", { name: "Read the fields" }).click();
    await page.waitForURL(/extractions\?id=ext_/);
    await page.getByRole("button", { name: /^author of loam-sample\.pdf: —/ }).waitFor();
    await page.getByRole("button", { name: /^depth of loam-sample\.pdf: 12/ }).click();
    await page.getByRole("img", { name: /^The place on p\. 1/ }).waitFor();
    await page.getByRole("textbox", { name: "Value" }).fill("13");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: /^depth of loam-sample\.pdf: 13/ }).waitFor();
    await page.getByRole("button", { name: "As it was read" }).click();
    await page.getByRole("button", { name: /^depth of loam-sample\.pdf: 12/ }).waitFor();
    await expectText(page.getByRole("region", { name: "author, depth" }).first(), "1 reviewed");
    expect(await violationsOn(page, { impacts: ["serious", "critical"] })).toEqual([]);
  });

  test("⌘K goes to a page, a document or a trace by a few letters", async () => {
    const page = await studio.open("/settings");
    await page.getByRole("heading", { name: "Roles" }).waitFor();
    await page.keyboard.press("Control+k");
    const field = page.getByRole("combobox", { name: /^A page, a document/ });
    await field.fill("who keeps");
    await page.getByRole("option", { name: /^Who Keeps the Water/ }).waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/documents\/doc_/);
    await page.keyboard.press("Control+k");
    await field.fill("eval");
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/evaluations/);
  });

  test("the tray shows what was worked on, and what is done can be cleared", async () => {
    const page = await studio.open("/settings");
    await page.getByRole("button", { name: "Work", exact: false }).first().click();
    const tray = page.getByRole("dialog", { name: "Work" });
    const done = tray.getByRole("list", { name: "Done" });
    await done.getByText("Reads a document").first().waitFor();
    await done.getByText("Finished").first().waitFor();
    await tray.getByRole("button", { name: "Clear the list" }).click();
    await done.waitFor({ state: "detached" });
    await page.keyboard.press("Escape");
    await tray.waitFor({ state: "detached" });
  });

  test("an answer streams in, and its citation scrolls to the place and highlights it", async () => {
    const page = await studio.open(`/documents/${sample}?page=4`);
    await page.getByRole("img", { name: "Page 4" }).waitFor();
    await page
      .getByRole("textbox", { name: "Ask this document…" })
      .fill("How deep were the capacitance probes placed?");
    await page.keyboard.press("Enter");
    const citation = page.getByRole("button", { name: /^Citation 1: p\. / }).first();
    await citation.waitFor();
    await expectText(page.getByRole("log"), "12 cm");
    await citation.click();
    await page.waitForURL(/[?&]at=/);
    await page.waitForTimeout(1200); // the scrolling is smooth
    expect(await highlight(page)).toEqual({ page: 1, seen: true });

    // The link alone brings back the place and the conversation.
    const again = await studio.open(page.url().slice(studio.url.length));
    await again.locator("mark[data-page]").first().waitFor();
    expect(await highlight(again)).toEqual({ page: 1, seen: true });
    await expectText(again.getByRole("log"), "12 cm");
  });

  test("a place that runs over a page break is highlighted on both pages", async () => {
    const page = await studio.open(`/documents/${sample}?at=1:54,700,286,780~2:54,60,286,110`);
    await page.locator('mark[data-page="1"]').waitFor();
    await page.locator('mark[data-page="2"]').waitFor();
    expect(await highlight(page)).toEqual({ page: 1, seen: true });
  });

  test("boxes of text and figures are drawn where they are asked for", async () => {
    const page = await studio.open(`/documents/${sample}?page=2`);
    await page.getByRole("img", { name: "Page 2" }).waitFor();
    expect(await page.locator("[data-box]").count()).toBe(0);
    await page.getByRole("checkbox", { name: "Figures" }).check();
    await page.locator('[data-box="figure"]', { hasText: "Figure 2" }).waitFor();
    expect(await page.locator('[data-box="text"]').count()).toBe(0);
    await page.getByRole("checkbox", { name: "Text" }).check();
    await page.locator('[data-box="text"]').first().waitFor();
    expect(new URL(page.url()).searchParams.get("boxes")).toBe("all");
  });

  test("the gallery shows every figure with its caption and source, and leads to it", async () => {
    const page = await studio.open(`/documents/${sample}?panel=figures`);
    const chart = page.getByRole("listitem").filter({ hasText: "Earthworms per square metre" });
    await chart.getByText(/from the (caption|text in the picture)/).waitFor();
    await chart.getByRole("button", { name: "Show Figure 2 on page 2" }).click();
    await page.waitForTimeout(1200);
    expect(await highlight(page)).toEqual({ page: 2, seen: true });
    await chart.getByRole("button", { name: "Enlarge Figure 2" }).click();
    await page.getByRole("dialog").getByText("Text in the figure").waitFor();
  });

  test("a search marks its words, and a hit opens at its place", async () => {
    const page = await studio.open("/search");
    await page.getByRole("searchbox").fill("mustard");
    await page.keyboard.press("Enter");
    await page.waitForURL(/q=mustard/);
    const hit = page
      .getByRole("listitem")
      .filter({ has: page.locator("mark", { hasText: /mustard/i }) })
      .first();
    await hit.getByRole("link").click();
    await page.waitForURL(/\/documents\/doc_.*at=/);
    await page.locator("mark[data-page]").first().waitFor();
    expect((await highlight(page)).seen).toBe(true);
  });

  test("a search that finds nothing says so", async () => {
    const page = await studio.open("/search?q=zzzyqx&mode=keyword");
    await page.getByRole("heading", { name: /Nothing matches/ }).waitFor();
  });

  test("a question leaves a trace with its steps, as a tree and as a waterfall", async () => {
    const page = await studio.open("/traces");
    await page.getByRole("link", { name: "ask", exact: true }).first().click();
    await page.waitForURL(/\/traces\/[0-9a-f]{32}/);
    const steps = page.getByRole("list", { name: "Tree" }).getByRole("button");
    await steps.first().waitFor();
    expect(await steps.count()).toBeGreaterThan(2);
    await steps.filter({ hasText: "search" }).first().click();
    await page.waitForURL(/span=/);
    await page.getByText("Output", { exact: true }).waitFor();
    await page.getByText("Waterfall").click();
    await page.getByRole("list", { name: "Waterfall" }).waitFor();
  });

  test("a key is taken, said to be set, and never shown", async () => {
    const page = await studio.open("/settings");
    const row = page.getByRole("listitem").filter({ hasText: "anthropic" });
    await row.getByRole("button", { name: "Set key" }).click();
    await page.getByLabel("Key for anthropic").fill("sk-ant-test-0123456789");
    await row.getByRole("button", { name: "Save" }).click();
    await row.getByText(/^set \(/).waitFor();
    await page.getByText("anthropic:", { exact: false }).first().waitFor();
    expect(await page.content()).not.toContain("sk-ant-test-0123456789");
    await row.getByRole("button", { name: "Remove key" }).click();
    await row.getByText("no key").waitFor();
  });

  test("a browser that asks for Chinese gets Chinese; a choice is remembered, like the colours", async () => {
    const page = await studio.open("/library", { locale: "zh-CN", colorScheme: "dark" });
    await page.getByRole("heading", { name: "文库" }).waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("zh-CN");
    expect(await page.locator("html").getAttribute("data-mantine-color-scheme")).toBe("dark");
    await page.getByRole("button", { name: "语言" }).click();
    await page.getByRole("menuitemradio", { name: "English" }).click();
    await page.getByRole("button", { name: "Appearance" }).click();
    await page.getByRole("menuitemradio", { name: "Light" }).click();
    await page.reload();
    await page.getByRole("heading", { name: "Library" }).waitFor();
    expect(await page.locator("html").getAttribute("data-mantine-color-scheme")).toBe("light");
  });

  test("the pages can be used by keyboard alone", async () => {
    const page = await studio.open("/library");
    await page.getByRole("link", { name: "Who Keeps the Water?" }).waitFor();
    await page.keyboard.press("Tab");
    expect(await page.locator(":focus").textContent()).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    for (let i = 0; i < 8; i++) {
      await page.keyboard.press("Tab");
      if ((await page.locator(":focus").textContent()) === "Who Keeps the Water?") break;
    }
    await page.keyboard.press("Enter");
    await page.waitForURL(/\/documents\//);
  });

  test("a protected file asks for its password, refuses a wrong one and opens with the right one", async ({ skip }) => {
    const bytes = await readFile(protectedPdf).catch(() => skip(`needs ${protectedPdf} (set LOAM_DATA)`));
    const password = /password[^\n]*?[:=]\s*`?(\S+?)`?\s*$/im.exec(
      await readFile(join(protectedPdf, "../password_README.txt"), "utf8"),
    )?.[1];
    const page = await studio.open("/library");
    await page.locator('input[type="file"]').setInputFiles({
      name: "protected.pdf",
      mimeType: "application/pdf",
      buffer: Buffer.from(bytes),
    });
    await page.getByRole("link", { name: "Enter password" }).click();
    const field = page.getByRole("textbox", { name: "Password" });
    await field.fill("wrong");
    await page.getByRole("button", { name: "Unlock" }).click();
    await page.getByText("That is not the password of this PDF.").waitFor();
    await field.fill(password!);
    await page.getByRole("button", { name: "Unlock" }).click();
    await page.getByRole("img", { name: "Page 1" }).waitFor();
  });

  test("on a phone nothing is wider than the screen", async () => {
    for (const path of [
      "/",
      "/library",
      `/documents/${sample}`,
      "/search?q=earthworms",
      "/extractions",
      "/traces",
      "/settings",
    ]) {
      const page = await studio.open(path, { viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true });
      await page.waitForLoadState("networkidle").catch(() => {});
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      expect([path, width]).toEqual([path, 360]);
    }
  });

  test.each(["light", "dark"] as const)("axe finds nothing serious on any page (%s)", async (colorScheme) => {
    const traces = await studio.loam.library.ask("What lay on the beds?").result;
    const paths = [
      "/",
      "/library",
      `/documents/${sample}?boxes=all`,
      `/documents/${sample}?panel=figures`,
      "/search?q=earthworms",
      "/extractions",
      "/traces",
      `/traces/${traces.trace}?view=waterfall`,
      "/settings",
    ];
    const found: string[] = [];
    for (const path of paths) {
      const page = await studio.open(path, { colorScheme, reducedMotion: "reduce" });
      await page.locator("h1").first().waitFor();
      await page.waitForTimeout(500);
      for (const violation of await violationsOn(page, { impacts: ["serious", "critical"] }))
        found.push(`${path}: ${violation}`);
      await page.context().close();
    }
    expect(found).toEqual([]);
  });

  test("a document is deleted only after a question", async () => {
    const { id } = await studio.loam.library.add({ name: "goes.pdf", bytes: await smallPdf() });
    const page = await studio.open("/library");
    await page.getByRole("button", { name: /^Delete goes\.pdf|^Delete .*goes/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: /^Delete .*goes/ }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByText("goes.pdf was deleted").waitFor();
    const left = (await (await fetch(`${studio.url}/api/documents`)).json()) as DocumentJson[];
    expect(left.map((document) => document.id)).not.toContain(id);
  });

  test("a text that looks like a page's own code runs on no page and in no export, whatever it is the name of", async () => {
    const { pages, exports } = await plantCanaries(studio.url);
    const page = await studio.open("/");
    const found = () =>
      page.evaluate(() => ({
        ran: (globalThis as { canary?: number }).canary,
        parts: document.querySelectorAll('img[src="x"], svg[onload], a[href^="javascript:"]').length,
      }));
    for (const path of pages) {
      await page.goto(studio.url + path);
      const isPage = page
        .getByRole("main")
        .waitFor({ timeout: 10_000 })
        .then(() => true);
      expect([path, await isPage.catch(() => false)]).toEqual([path, true]);
      // Most pages show the text as what it is; some have no room for it.
      await page
        .getByText("onerror=")
        .first()
        .waitFor({ timeout: 700 })
        .catch(() => {});
      expect([path, await found()]).toEqual([path, { ran: undefined, parts: 0 }]);
    }
    for (const path of exports) {
      const response = await fetch(studio.url + path);
      expect([path, response.status]).toEqual([path, 200]);
      await page.goto("about:blank"); // without the policy of the server's own pages
      await page.setContent(await response.text());
      expect([path, await found()]).toEqual([path, { ran: undefined, parts: 0 }]);
    }
  });

  test("when the server is gone, the page says so and offers to try again", async () => {
    const page = await studio.open("/settings");
    await page.getByRole("heading", { name: "Roles" }).waitFor();
    await page.route("**/api/**", (route) => route.abort());
    await page.getByRole("link", { name: "Traces" }).first().click();
    await page.getByRole("alert").getByText("The server does not answer.").waitFor();
    await page.unroute("**/api/**");
    await page.getByRole("button", { name: "Try again" }).click();
    await page.getByRole("link", { name: "ask", exact: true }).first().waitFor();
  });

  test("no page threw, logged an error or broke its own content policy", () => {
    expect(studio.problems).toEqual([]);
  });
});

async function expectText(locator: ReturnType<Page["locator"]>, text: string): Promise<void> {
  await locator.getByText(text).first().waitFor();
}

async function smallPdf(): Promise<Uint8Array> {
  const { PDFDocument, StandardFonts } = await import("pdf-lib");
  const pdf = await PDFDocument.create();
  const font = await pdf.embedFont(StandardFonts.Helvetica);
  pdf.addPage([300, 200]).drawText("goes.pdf", { x: 30, y: 120, size: 14, font });
  return await pdf.save();
}
