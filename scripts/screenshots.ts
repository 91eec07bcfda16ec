import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "playwright-core";
import sharp from "sharp";
import { openStudioScene } from "./studio-scene.ts";

/**
 * Takes the pictures of the README: fills a home of its own, asks the sample paper, visits the pages, and writes
 * `docs/images/*.png`, each below 300 kB. Needs Chromium (`LOAM_CHROMIUM`, default /usr/bin/chromium).
 */
const root = join(import.meta.dirname, "..");
const images = join(root, "docs", "images");
const maxBytes = 300_000;

const scene = await openStudioScene({ baseSeconds: 60 });
mkdirSync(images, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.LOAM_CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
});
try {
  for (const [locale, colorScheme, suffix] of [
    ["en-GB", "light", ""],
    ["zh-CN", "dark", ".zh-CN"],
  ] as const) {
    await takeAll(browser, { locale, colorScheme, suffix });
  }
} finally {
  await browser.close();
  await scene.end();
}

interface Look {
  locale: "en-GB" | "zh-CN";
  colorScheme: "light" | "dark";
  suffix: string;
}

async function takeAll(browser: Browser, { locale, colorScheme, suffix }: Look): Promise<void> {
  const context = await browser.newContext({ locale, colorScheme, viewport: { width: 1360, height: 820 } });
  const page = await context.newPage();
  const question = locale === "zh-CN" ? "堆肥畦用了多少水？" : "How deep were the capacitance probes placed?";

  await page.goto(`${scene.url}/documents/${scene.document}`);
  await page.getByRole("log").waitFor();
  await page.locator("form textarea").first().fill(question);
  await page.keyboard.press("Enter");
  await page.locator('[role="log"] button[data-kind]').first().click();
  await page.locator("mark[data-page]").first().waitFor();
  await page.mouse.move(700, 5); // away from the citation, whose quote would cover the answer
  await write(page, `studio-ask${suffix}`);

  await page.goto(`${scene.url}/documents/${scene.document}?boxes=all&panel=figures&page=2`);
  await page.locator("[data-box]").first().waitFor();
  await write(page, `studio-figures${suffix}`);

  await page.goto(`${scene.url}/library`);
  await page.locator("li img").first().waitFor();
  await write(page, `studio-library${suffix}`);

  await page.goto(`${scene.url}/traces`);
  await page.locator("td a", { hasText: /^ask$/ }).first().click();
  await page.waitForURL(/traces\/\w+/);
  await page.goto(`${page.url().split("?")[0]}?view=waterfall`);
  await page.locator("ul button").first().waitFor();
  await write(page, `studio-trace${suffix}`);
  const pages = {
    "studio-tune": `/tune/runs/${scene.run}`,
    "studio-playground":
      "/evaluations/playground?metric=bertscore&c=the+council+approved+the+harbour&r=the+city+agreed+to+a+new+harbour",
    "studio-recommend": "/recommend?q=a+lonely+robot",
  };
  for (const [name, path] of Object.entries(pages)) {
    await page.goto(scene.url + path);
    await page.getByRole("heading", { level: 1 }).waitFor();
    await write(page, `${name}${suffix}`);
  }
  await context.close();
}

/** A picture with a palette of its own, as few colours as keep it below the limit. */
async function write(page: Page, name: string): Promise<void> {
  await page.waitForTimeout(1500); // scrolling and pictures come to rest
  const png = await page.screenshot();
  const path = join(images, `${name}.png`);
  for (const colours of [256, 128, 64, 32]) {
    const small = await sharp(png).png({ palette: true, colours, effort: 10 }).toBuffer();
    if (small.length > maxBytes && colours > 32) continue;
    writeFileSync(path, small);
    console.error(`${name}.png ${Math.round(small.length / 1000)} kB`);
    return;
  }
}
