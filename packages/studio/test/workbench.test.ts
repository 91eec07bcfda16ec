import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { missingBrowser, type StudioUnderTest, startStudio, violationsOn } from "./browser.ts";

describe.skipIf(missingBrowser !== undefined)(missingBrowser ?? "video in a browser", () => {
  let studio: StudioUnderTest;
  let clip: string;

  beforeAll(async () => {
    studio = await startStudio();
  });
  afterAll(() => studio?.end());

  test("a clip is made from words, watched as it comes out of the noise, and plays; a word nobody taught is named", async () => {
    const page = await studio.open("/video");
    const words = page.getByRole("textbox", { name: "What should be seen?" });
    await words.fill("a 3 moving sideways");
    await page.getByRole("textbox", { name: "Steps" }).fill("5");
    await page.getByRole("button", { name: "Make the clip" }).click();
    await page.getByText(/it never saw "sideways"/).waitFor();
    await words.fill("a 3 moving");
    await page.getByRole("button", { name: "left", exact: true }).click();
    expect(await words.inputValue()).toBe("a 3 moving left");
    await page.getByRole("button", { name: "Make the clip" }).click();
    await page.getByText("a 3 moving left").last().waitFor();
    await page.locator("article video").first().hover();
    await page.waitForFunction(() => document.querySelector<HTMLVideoElement>("article video")?.paused === false);
    await page.locator("article a").first().click();
    await page.waitForURL(/\/video\/video_/);
    clip = page.url().split("/").at(-1)!;
    await page.getByRole("img", { name: "Film strip of 5 steps, from noise to the clip" }).waitFor();
    await page.waitForFunction(() => (document.querySelector("video")?.currentTime ?? 0) > 0.2);
  });

  test("a link brings the settings back, and a remix is a clip that says where it comes from", async () => {
    const page = await studio.open(`/video/${clip}`);
    await page.getByRole("link", { name: "Use these settings" }).click();
    await page.waitForURL(/\/video\?.*prompt=a\+3\+moving\+left.*/);
    expect(await page.getByRole("textbox", { name: "Steps" }).inputValue()).toBe("5");
    await page.goBack();
    await page.getByRole("textbox", { name: "Words of the remix" }).fill("a 7 moving up");
    await page.getByRole("button", { name: "Remix", exact: true }).click();
    await page.getByRole("heading", { name: "a 7 moving up" }).waitFor();
    await page.getByRole("link", { name: "another clip" }).waitFor();
    await page.getByRole("link", { name: "Download MP4" }).waitFor();
  });

  test("a grid makes what is missing, and its link shows it again", async () => {
    const page = await studio.open("/video/grid?prompt=a+5+moving+down&seeds=1&guidances=1,4&steps=3");
    await page.getByRole("button", { name: "Make 2 clips" }).click();
    await page.getByRole("button", { name: "All of them are here" }).waitFor();
    await page.locator("td video").nth(1).waitFor({ timeout: 60_000 });
    await page.reload();
    expect(await page.locator("td video").nth(1).count()).toBe(1);
  });

  test("the three ideas are drawn from a clip of this machine", async () => {
    const page = await studio.open("/video/ideas");
    await page.getByText("holds each as 192 numbers").waitFor();
    await page.getByRole("img", { name: "The clip cut into 32 numbered spacetime patches" }).waitFor();
    const drawn = await page
      .getByRole("img", { name: /below each what its latents still hold/ })
      .evaluate(async (image) => {
        await (image as HTMLImageElement).decode();
        return (image as HTMLImageElement).naturalWidth;
      });
    expect(drawn).toBe(16 * 32);
  });

  test("a clip is deleted after a question", async () => {
    const page = await studio.open(`/video/${clip}`);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.waitForURL(/\/video$/);
    expect((await fetch(`${studio.url}/api/videos/${clip}`)).status).toBe(404);
  });

  test("no page is wider than a phone in either language, and axe finds nothing serious, light or dark", async () => {
    const page = await studio.open("/video", { reducedMotion: "reduce" });
    for (const path of ["/video", "/video/grid", "/video/ideas"]) {
      for (const [locale, width, colorScheme] of [
        ["en", 1360, "light"],
        ["zh-CN", 390, "dark"],
      ] as const) {
        await page.evaluate((value) => localStorage.setItem("loam-language", value), locale);
        await page.setViewportSize({ width, height: 844 });
        await page.emulateMedia({ colorScheme });
        await page.goto(studio.url + path);
        await page.getByRole("heading", { level: 1 }).waitFor();
        await page.waitForTimeout(300);
        expect([path, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([path, width]);
        expect([path, await violationsOn(page, { impacts: ["serious", "critical"] })]).toEqual([path, []]);
      }
    }
  });

  test("no page reported an error", () => {
    expect(studio.problems).toEqual([]);
  });
});
