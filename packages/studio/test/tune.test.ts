import { tuneFolders } from "@loam/finetuning";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addTinyBase, colourRows } from "../../finetuning/test/workplace.ts";
import { missingBrowser, type StudioUnderTest, startStudio, violationsOn } from "./browser.ts";

describe.skipIf(missingBrowser !== undefined)(missingBrowser ?? "fine-tuning in a browser", () => {
  let studio: StudioUnderTest;
  let run: string;

  beforeAll(async () => {
    studio = await startStudio();
  });
  afterAll(() => studio?.end());

  test("without a model, the form says how to get one and offers to make one", async () => {
    const page = await studio.open("/tune");
    await page.getByRole("heading", { name: "Nothing has been taught yet" }).waitFor();
    await page.getByRole("link", { name: "New fine-tune" }).first().click();
    await page.waitForURL(/\/tune\/new/);
    await page.getByText("There is no model on this machine yet").waitFor();
    await page.getByText("loam models pull").waitFor();
    await page.getByRole("button", { name: /Make a small model/ }).waitFor();
    expect(await page.getByRole("button", { name: "Start", exact: true }).isDisabled()).toBe(true);
  });

  test("preferences and judged answers are a choice of the form, with what belongs to each; full fine-tuning too", async () => {
    addTinyBase(tuneFolders(studio.loam.store));
    const page = await studio.open("/tune/new");
    await page.getByRole("combobox", { name: "Base model" }).waitFor();
    const judged = ["red", "blue", "green", "amber"].flatMap((colour, i) => [
      { prompt: `Say colour ${i}.`, completion: colour, label: true },
      { prompt: `Say colour ${i}.`, completion: "no", label: false },
    ]);
    await page.locator('input[type="file"]').setInputFiles({
      name: "judged.jsonl",
      mimeType: "application/jsonl",
      buffer: Buffer.from(judged.map((row) => `${JSON.stringify(row)}\n`).join("")),
    });
    await page.getByRole("figure", { name: "Row 1" }).waitFor();
    const choose = async (name: string) => {
      await page.getByRole("combobox", { name: "What is learned" }).click();
      await page.getByRole("option", { name }).click();
    };
    const field = (name: string) => page.getByRole("textbox", { name, exact: true });
    await choose("the better of two answers, without a reference (ORPO)");
    await field("β").fill("0.3");
    expect(await field("Weight of good answers").count()).toBe(0);
    await choose("answers that were judged one by one (KTO)");
    expect(await field("β").inputValue()).toBe(""); // what went with another choice is gone
    await field("Weight of good answers").fill("2");
    await page.getByText("prompt, completion and label").waitFor();
    await page.getByText("Learned parameters").waitFor();
    const learned = page.getByRole("region", { name: "Forecast" }).locator("dd").first();
    const before = await learned.textContent();
    await page.getByRole("radio", { name: /full/i }).click();
    await page.waitForFunction(
      ([text]) => document.querySelector("section[aria-busy] dd")?.textContent !== text,
      [before],
    );
    expect(await violationsOn(page)).toEqual([]);
    if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT, fullPage: true });
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.waitForURL(/\/tune\/runs\/run_/);
    await page.getByText("Finished").first().waitFor({ timeout: 60_000 });
  });

  test("the form forecasts, shows what is learned, starts a run whose curve and answers appear, and leads to a chat", async () => {
    const page = await studio.open("/tune/new");
    const base = page.getByRole("combobox", { name: "Base model" });
    await base.waitFor();
    expect(await base.inputValue()).toBe("home/tiny"); // the only one
    await page.locator('input[type="file"]').setInputFiles({
      name: "colours.jsonl",
      mimeType: "application/jsonl",
      buffer: Buffer.from(`${colourRows}{"instruction": "no answer"}\n`),
    });
    await page.getByText("1 row cannot be used").waitFor();
    const row = page.getByRole("figure", { name: "Row 1" });
    await row.getByText("learned: red").waitFor();
    expect(await row.textContent()).toContain("not learned: ");

    await page.getByText("Learned parameters").waitFor();
    await page.getByText(/8 rows are few/).waitFor();
    const learned = page.getByRole("region", { name: "Forecast" }).locator("dd").first();
    const before = await learned.textContent();
    await page.getByRole("textbox", { name: "Rank", exact: true }).fill("4");
    await page.waitForFunction(
      ([text]) => document.querySelector("section[aria-busy] dd")?.textContent !== text,
      [before],
    );

    await page.getByRole("textbox", { name: "Epochs", exact: true }).fill("10");
    await page.getByRole("textbox", { name: "Batch size", exact: true }).fill("2");
    await page.getByRole("textbox", { name: "Evaluate every … steps", exact: true }).fill("5");
    await page.getByRole("textbox", { name: "Questions to watch" }).fill("Say colour 3.");
    await page.getByRole("button", { name: "More settings" }).click();
    await page.getByRole("textbox", { name: "Length of those answers, in tokens", exact: true }).fill("6");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await page.waitForURL(/\/tune\/runs\/run_/);
    run = /run_\w+/.exec(page.url())![0];

    await page.getByRole("heading", { name: "colours-lora" }).waitFor();
    await page.getByText("Finished").first().waitFor({ timeout: 90_000 });
    await page.getByRole("img", { name: /^Loss: from [\d.]+ to [\d.]+ over \d+ steps$/ }).waitFor();
    expect(await page.locator('[role="img"] svg path').count()).toBeGreaterThan(5);
    await page.getByText("Say colour 3.").first().waitFor();
    const slider = page.getByRole("slider", { name: "Step of the answers" });
    await slider.focus();
    await page.keyboard.press("Home");
    await page.getByText("after step 5", { exact: true }).first().waitFor();

    await page.getByRole("link", { name: "Chat with it" }).click();
    await page.waitForURL(/\/tune\/chat\?.*adapters=colours-lora/);
    await page.getByRole("textbox", { name: "Longest answer", exact: true }).fill("8");
    await page.getByRole("textbox", { name: /Ask something it was taught/ }).fill("Say colour 3.");
    await page.keyboard.press("Enter");
    const log = page.getByRole("log", { name: "Answers" });
    await log.getByText("Original").waitFor();
    await log
      .getByText(/tokens · \d+ per second/)
      .nth(1)
      .waitFor();
  });

  test("a recipe that cannot work is refused in the forecast, by field, with what there is", async () => {
    const page = await studio.open(`/tune/new?like=${run}`);
    const layers = page.getByRole("textbox", { name: "Layers", exact: true });
    await layers.fill("qproj");
    await layers.blur();
    await page.getByText("The model has no such layers").waitFor();
    await page.getByText(/did you mean "q_proj"/).waitFor();
  });

  test("an adapter is listed with its options, and two runs lie over each other", async () => {
    const page = await studio.open("/tune/adapters");
    await page.getByRole("button", { name: "Details of colours-lora" }).click();
    await page.getByRole("dialog").getByText("adapter_model.safetensors").waitFor();
    await page.getByRole("combobox", { name: "As" }).click();
    await page.getByRole("option", { name: "Adapter as GGUF (llama.cpp --lora)" }).click();
    await page.getByRole("button", { name: "Write for other programs" }).click();
    await page.getByText("colours-lora-lora.gguf", { exact: false }).first().waitFor();
    await page.keyboard.press("Escape");
    const written = page.getByRole("region", { name: "For other programs" });
    await written.getByRole("link", { name: "Download colours-lora-lora.gguf" }).waitFor({ timeout: 60_000 });

    const again = await studio.open(`/tune/new?like=${run}`);
    await again.getByRole("radio", { name: /^BitFit/ }).click();
    await again.getByText("Learned parameters").waitFor();
    await again.getByRole("button", { name: "Start", exact: true }).click();
    await again.waitForURL(/\/tune\/runs\/run_/);
    await again.getByText("Finished").first().waitFor({ timeout: 90_000 });

    const list = await studio.open("/tune");
    await list.getByRole("checkbox", { name: "Choose colours-lora to compare" }).check();
    await list.getByRole("checkbox", { name: "Choose colours-bitfit to compare" }).check();
    await list.getByRole("link", { name: "Compare 2 runs" }).click();
    await list.waitForURL(/\/tune\/compare/);
    await list.getByRole("img", { name: "Loss: colours-lora, colours-bitfit" }).waitFor();
    expect(await list.getByRole("row").count()).toBe(3);
  });

  test("a long run can be cancelled and resumed from its page", async () => {
    const draft = {
      ...(await (await fetch(`${studio.url}/api/tune/runs/${run}`)).json()).recipe,
      max_steps: 30_000, // a tiny model takes some hundred a second
      eval_every_steps: 100_000,
      sample_prompts: [],
      output: "long",
    };
    const started = await fetch(`${studio.url}/api/tune/runs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(draft),
    });
    const page = await studio.open(`/tune/runs/${(await started.json()).id}`);
    await page.getByText(/^step [\d,]+ of 30,000$/).waitFor({ timeout: 60_000 });
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("Cancelled").first().waitFor();
    await page.getByRole("button", { name: "Resume" }).click();
    await page.getByText(/^step [\d,]+ of 30,000$/).waitFor({ timeout: 60_000 });
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByText("Cancelled").first().waitFor();
  });

  const paths = () => [
    "/tune",
    `/tune/new?like=${run}`,
    `/tune/runs/${run}`,
    "/tune/adapters",
    "/tune/chat",
    `/tune/compare?runs=${run}`,
  ];

  test("no page is wider than a phone in either language, and axe finds nothing serious, light or dark", async () => {
    const page = await studio.open("/tune", { reducedMotion: "reduce" });
    const opened = async (path: string, width: number) => {
      await page.setViewportSize({ width, height: 844 });
      await page.goto(studio.url + path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForTimeout(300);
    };
    for (const locale of ["en", "zh-CN"]) {
      await page.evaluate((value) => localStorage.setItem("loam-language", value), locale);
      for (const path of paths()) {
        await opened(path, 390);
        expect(await page.locator("html").getAttribute("lang")).toBe(locale);
        expect([path, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([path, 390]);
      }
    }
    for (const path of paths()) {
      await opened(path, 1360);
      for (const colorScheme of ["light", "dark"] as const) {
        await page.emulateMedia({ colorScheme });
        await page.locator(`html[data-mantine-color-scheme=${colorScheme}]`).waitFor({ state: "attached" });
        const serious = await violationsOn(page, { impacts: ["serious", "critical"] });
        expect([path, colorScheme, serious]).toEqual([path, colorScheme, []]);
      }
    }
  });

  test("no page reported an error", () => {
    expect(studio.problems).toEqual([]);
  });
});
