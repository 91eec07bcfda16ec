import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Page } from "../src/index.ts";
import { linkMentions, openPdfFile } from "../src/index.ts";
import { scoreIcdar, totals } from "./icdar-tables.ts";

/** Real papers; not part of the repository. `LOAM_DATA` says where they are. */
const papers = join(process.env.LOAM_DATA ?? join(import.meta.dirname, "../../../../shared/data"), "papers");
const have = existsSync(papers);

async function readAll(file: string, options: { password?: string } = {}): Promise<Page[]> {
  const pdf = await openPdfFile(join(papers, file), options);
  const pages = await Promise.all(
    Array.from({ length: pdf.info.pageCount }, (_, i) => pdf.readPage(i + 1, { figureImages: "none" })),
  );
  pdf.close();
  return pages;
}

const words = (text: string): string[] =>
  text
    .normalize("NFKC")
    .toLowerCase()
    .match(/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|[\p{L}\p{N}]+/gu) ?? [];

/** Share of the expected words that are found in the same order (longest common subsequence), by histogram first. */
function wordRecall(found: string, expected: string): number {
  const left = new Map<string, number>();
  for (const word of words(found)) left.set(word, (left.get(word) ?? 0) + 1);
  const wanted = words(expected);
  let hits = 0;
  for (const word of wanted) {
    const n = left.get(word) ?? 0;
    if (n > 0) {
      hits++;
      left.set(word, n - 1);
    }
  }
  return hits / wanted.length;
}

const pageText = (page: Page): string =>
  [...page.blocks.map(({ text }) => text), ...page.figures.map((figure) => figure.innerText)].join("\n");

describe.skipIf(!have)("papers in LOAM_DATA", () => {
  test.each([
    ["2305.03393v1-pg9", 0.95],
    ["amt_handbook_sample", 0.95],
    ["code_and_formula", 0.93],
    ["multi_page", 0.97],
    ["normal_4pages", 0.9],
    ["picture_classification", 0.95],
    ["redp5110_sampled", 0.93],
    ["right_to_left_01", 0.85],
    ["right_to_left_02", 0.85],
    ["right_to_left_03", 0.8],
  ])("the words of docling/%s agree with the expected text", async (name, least) => {
    const markdown = readFileSync(join(papers, "docling", `${name}.md`), "utf8").replace(
      /<!--.*?-->|&amp;|[|*#_`\\-]/gu,
      " ",
    );
    const text = (await readAll(`docling/${name}.pdf`)).map(pageText).join("\n");
    expect(wordRecall(text, markdown)).toBeGreaterThanOrEqual(least);
  });

  test("two-column papers are read down the columns", async () => {
    const [first] = await readAll("en/tracemonkey_pldi09_twocol.pdf");
    const text = first!.blocks.map((block) => block.text).join("\n");
    const at = [
      "1. Introduction",
      "Dynamic languages such as JavaScript, Python, and Ruby, are popular",
      "and is used for the application logic",
      "Compilers for statically typed languages",
      "Each compiled trace covers one path",
    ].map((phrase) => text.indexOf(phrase));
    expect(at.every((position) => position >= 0)).toBe(true);
    expect([...at].sort((a, b) => a - b)).toEqual(at);
  });

  test.each([
    [
      "en/tracemonkey_pldi09_twocol.pdf",
      ["2 Figure 1", "2 Figure 2", "3 Figure 3", "3 Figure 4", "10 Figure 11", "11 Figure 10", "12 Figure 13"],
    ],
    [
      "en/mineru_demo2_stereo_twocol_figures.pdf",
      ["1 Figure 1", "4 Figure 2", "4 Figure 3", "4 Figure 4", "4 Table I"],
    ],
    ["en/deepseek_r1.pdf", ["1 Figure 1", "8 Figure 3", "9 Table 3"]],
    ["zh/cumcm_math_modelling_example.pdf", ["6 图1", "6 图2", "7 图3", "11 表2"]],
  ])("%s has its captioned figures on their pages", async (file, expected) => {
    const pages = await readAll(file);
    const found = pages.flatMap((page) =>
      page.figures.filter(({ label }) => label).map((figure) => `${page.number} ${figure.label}`),
    );
    expect(found).toEqual(expect.arrayContaining(expected));
    expect(new Set(found).size).toBe(found.length);
  });

  test("the plain text of a whole paper has the words of its pages", async () => {
    const pdf = await openPdfFile(join(papers, "en/deepseek_r1.pdf"));
    const text = await pdf.readText();
    expect(text).toHaveLength(pdf.info.pageCount);
    expect(wordRecall(text[0]!, "Incentivizing Reasoning Capability in LLMs via Reinforcement Learning")).toBe(1);
    expect(await pdf.readText({ from: 2, to: 3 })).toEqual(text.slice(1, 3));
    pdf.close();
  });

  test("figures know the sentences that mention them", async () => {
    const pages = await readAll("en/tracemonkey_pldi09_twocol.pdf");
    linkMentions(pages);
    const figure = pages[10]!.figures.find(({ label }) => label === "Figure 10");
    expect(figure?.mentions[0]).toMatchObject({
      page: 10,
      text: expect.stringContaining("Figure 10 shows the relative speedups"),
    });
  });

  test("tables agree with the ICDAR 2013 ground truth: cell F1 at least 0.9, neighbour F1 at least 0.88", async () => {
    const { cellF1, pairF1 } = totals(await scoreIcdar(join(papers, "icdar2013")));
    expect(cellF1).toBeGreaterThan(0.9);
    expect(pairF1).toBeGreaterThan(0.88);
  });

  test("an encrypted paper opens with its password only", async () => {
    const file = "docling/password_2206.01062_pg3.pdf";
    await expect(readAll(file)).rejects.toMatchObject({ code: "password_required" });
    await expect(readAll(file, { password: "0000" })).rejects.toMatchObject({ code: "wrong_password" });
    expect(words((await readAll(file, { password: "1234" })).map(pageText).join(" ")).length).toBeGreaterThan(300);
  });

  test("every tricky file ends in text, in an empty page that says why, or in a clear error", async () => {
    const index: { file: string; password?: string; poppler_ok: boolean; text_bytes: number }[] = JSON.parse(
      readFileSync(join(papers, "tricky/index.json"), "utf8"),
    );
    expect(readdirSync(join(papers, "tricky")).filter((name) => name.endsWith(".pdf"))).toHaveLength(index.length);
    for (const { file, password } of index) {
      const started = performance.now();
      try {
        for (const page of await readAll(`tricky/${file}`, { password })) {
          if (page.status === "text") expect(pageText(page).trim(), file).not.toBe("");
          else expect(page.reason, file).toMatch(/\w{3}/);
        }
      } catch (error) {
        expect(error, file).toMatchObject({
          code: expect.stringMatching(/^(damaged_pdf|no_pages|wrong_password|unsupported_encryption|not_a_pdf)$/),
        });
        expect((error as Error).message, file).toContain(file);
      }
      expect(performance.now() - started, file).toBeLessThan(30_000);
    }
  });
});
