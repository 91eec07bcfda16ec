import { rm } from "node:fs/promises";
import { buffer as bytesOf } from "node:stream/consumers";
import { tinyChatModel } from "@loam/models/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ZipFile } from "yazl";
import { missingBrowser, type StudioUnderTest, startStudio, violationsOn } from "./browser.ts";

describe.skipIf(missingBrowser !== undefined)(missingBrowser ?? "the workbench in a browser", () => {
  let studio: StudioUnderTest;
  let clip: string;

  const chatModel = tinyChatModel();
  const name = chatModel.split("/").at(-1)!;

  beforeAll(async () => {
    studio = await startStudio({ flags: { server: { models: [`local:${chatModel}`] } } });
  });
  afterAll(async () => {
    await studio?.end();
    await rm(chatModel, { recursive: true, force: true });
  });

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
    await page.locator("td video").nth(1).waitFor();
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

  test("a patch is chosen, and shows which patches and words it looks at; the link says what is seen", async () => {
    const page = await studio.open(`/video/attention?clip=${clip}&patch=0`);
    await page.getByRole("heading", { name: "Patch 1 looks at" }).waitFor();
    await page.getByText("moving", { exact: true }).waitFor();
    await page.getByRole("button", { name: /^Patch 20: / }).click();
    await page.getByRole("heading", { name: "Patch 20 looks at" }).waitFor();
    await page.getByRole("radiogroup", { name: "Layer" }).getByText("5", { exact: true }).click();
    await page.waitForURL(/patch=19.*block=4|block=4.*patch=19/);
    const answer = await fetch(`${studio.url}/api/videos/${clip}/attention?patch=19&time=0.7`);
    const { patches, words } = (await answer.json()) as { patches: number[][]; words: { shares: number[] }[] };
    const sum = (shares: readonly number[]) => shares.reduce((a, b) => a + b, 0);
    for (const block of patches) expect(sum(block)).toBeCloseTo(1, 3);
    expect(sum(words.map(({ shares }) => shares[4]!))).toBeCloseTo(1, 3);
    const refused = await fetch(`${studio.url}/api/videos/${clip}/attention?patch=32`);
    expect([refused.status, (await refused.json()).error.param]).toEqual([400, "patch"]);
  });

  test("a video model is trained from a form, and its clips come while it learns", async () => {
    const page = await studio.open("/video/train/new");
    await page.getByText("a world of 5 shapes in 6 colours").waitFor();
    await page.getByRole("textbox", { name: "Steps", exact: true }).fill("6");
    await page.getByRole("textbox", { name: "Sample clips every … steps" }).fill("3");
    await page.getByRole("textbox", { name: "Heads" }).fill("3");
    await page.getByText("a divisor of model.hidden, 64").waitFor();
    await page.getByRole("textbox", { name: "Heads" }).fill("2");
    await page.getByRole("textbox", { name: "Name of the model" }).fill("little world");
    await page.getByRole("button", { name: "Start training" }).click();
    await page.getByText("cannot be the name of a folder").first().waitFor();
    await page.getByRole("textbox", { name: "Name of the model" }).fill("little-world");
    await page.getByRole("button", { name: "Start training" }).click();
    await page.getByRole("heading", { name: "little-world" }).waitFor();
    await page.getByAltText("Clip of “a red circle moving left at night” after step 6").waitFor({ timeout: 60_000 });
    await page.getByRole("link", { name: "Make clips with it" }).click();
    await page.getByText(/This model knows \d+ words/).waitFor();
    await page.waitForURL(/model=little-world/);
    await page.goBack();
    await page.getByRole("button", { name: "Delete the model" }).click();
    await page.getByRole("dialog").getByText("its name is free again").waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.getByRole("link", { name: "Make clips with it" }).waitFor({ state: "detached" });
    const models = (await (await fetch(`${studio.url}/api/videos/models`)).json()) as { name: string }[];
    expect(models.map(({ name }) => name)).not.toContain("little-world");
  });

  test("an archive of clips is added to train on; one without captions is refused with the reason", async () => {
    // Eight by eight pixels of brick red.
    const picture = Buffer.from(
      "iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAEUlEQVR42mNYZWyMFTEMLQkAsA5EAUWQjs4AAAAASUVORK5CYII=",
      "base64",
    );
    const archive = async (files: Record<string, Buffer>) => {
      const zip = new ZipFile();
      for (const [name, data] of Object.entries(files)) zip.addBuffer(data, name);
      zip.end();
      return { name: "walls.zip", mimeType: "application/zip", buffer: await bytesOf(zip.outputStream) };
    };
    const page = await studio.open("/video/train/new");
    await page.getByText("Your own clips").click();
    const file = page.locator('input[type="file"]');
    await file.setInputFiles(await archive({ "a.png": picture }));
    await page.getByText("walls.zip holds no clip with a caption (1 without)").waitFor();
    await file.setInputFiles(await archive({ "a.png": picture, "a.txt": Buffer.from("a red wall") }));
    await page.getByRole("textbox", { name: "Frames" }).fill("8");
    const forecast = page.getByRole("region", { name: "What it takes" });
    await forecast.getByText("1 clips from walls.zip").waitFor();
    expect(await page.getByRole("button", { name: "Start training" }).isEnabled()).toBe(true);
    expect(await violationsOn(page)).toEqual([]);
    await page.getByRole("button", { name: "Delete this set" }).click();
    await page.getByText("A zip of MP4").waitFor();
    expect(await page.getByRole("button", { name: "Start training" }).isEnabled()).toBe(false);
  });

  test("a clip is deleted after a question", async () => {
    const page = await studio.open(`/video/${clip}`);
    await page.getByRole("button", { name: "Delete" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
    await page.waitForURL(/\/video$/);
    expect((await fetch(`${studio.url}/api/videos/${clip}`)).status).toBe(404);
  });

  test("one line asks two columns; tokens are coloured by doubt, a turn can be edited, and code says the same", async () => {
    const page = await studio.open(`/chat?models=${encodeURIComponent(`${chatModel},${chatModel}`)}`);
    await page.getByRole("textbox", { name: "Longest answer, in tokens" }).fill("12");
    await page.getByRole("switch", { name: "Colour tokens by how sure the model was" }).check({ force: true });
    await page.getByRole("textbox", { name: "Write to all columns…" }).fill("Hello there");
    await page.keyboard.press("Enter");
    const logs = page.getByRole("log", { name: `Conversation with ${name}` });
    for (const column of [0, 1])
      await logs
        .nth(column)
        .getByText(/tokens\/s · \d+ → 12 tokens/)
        .waitFor();
    expect(await logs.first().locator("span[style*=doubt]").count()).toBe(12);
    await page.getByRole("button", { name: "Copy as" }).click();
    await page.getByRole("menuitem", { name: "Python" }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Edit and send again" }).first().click();
    expect(await page.getByRole("textbox", { name: "Write to all columns…" }).inputValue()).toBe("Hello there");
    await logs.getByText("Say something").nth(1).waitFor();
  });

  test("functions are checked as they are written, and a schema is kept to", async () => {
    const page = await studio.open(`/chat?models=${encodeURIComponent(chatModel)}`);
    const functions = page.getByRole("textbox", { name: "Functions (JSON)" });
    await functions.fill('{"name": "two words"}');
    await page.getByText('[0].name is "two words"; expected 1 to 64 letters, digits, _ or -').waitFor();
    await functions.fill("");
    await page.getByRole("button", { name: "Put in an example" }).click();
    await page.getByText("1 function", { exact: true }).waitFor();
    await functions.fill("");
    const schema = {
      type: "object",
      properties: { city: { enum: ["Oslo"] } },
      required: ["city"],
      additionalProperties: false,
    };
    await page.getByRole("textbox", { name: /^Structured output/ }).fill(JSON.stringify(schema));
    await page.getByRole("textbox", { name: "Write to all columns…" }).fill("Where?");
    await page.keyboard.press("Enter");
    await page.getByText(/\{\s*"city"\s*:\s*"Oslo"\s*\}/).waitFor();
  });

  test("the short list of models says what each takes; fetching one is work, and why it failed is said there", async () => {
    process.env.HF_HUB_OFFLINE = "1";
    const page = await studio.open("/chat/models");
    const shelf = page.getByRole("region", { name: "At hand" });
    await shelf.getByText("98 MB · Apache-2.0 · English").waitFor();
    await shelf.getByRole("button", { name: "Fetch minilm" }).click();
    await shelf.getByText(/model in the cache "minilm" does not exist.*HF_HUB_OFFLINE/).waitFor();
    expect(await violationsOn(page)).toEqual([]);
    delete process.env.HF_HUB_OFFLINE;
  });

  test("a key is shown once, opens /v1, and not after it was removed", async () => {
    const page = await studio.open("/chat/keys");
    await page.getByRole("textbox", { name: "Name" }).fill("program");
    await page.getByRole("button", { name: "Make a key" }).click();
    const secret = await page.getByRole("alert").locator("code").textContent();
    const status = async () =>
      (await fetch(`${studio.url}/v1/models`, { headers: { authorization: `Bearer ${secret}` } })).status;
    expect(await status()).toBe(200);
    await page.reload();
    await page.getByRole("button", { name: "Remove program" }).click();
    expect(await page.content()).not.toContain(secret);
    await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
    await page.getByText("No keys yet").waitFor();
    expect(await status()).toBe(401);
  });

  test("runs that MLflow logged are filtered, grouped, compared on parallel coordinates and registered", async () => {
    const ids = await logRuns(studio.url);
    const page = await studio.open("/experiments?experiment=digits");
    await page.getByRole("link", { name: "run-0" }).waitFor();
    await page.getByRole("textbox", { name: /^Name, or metrics/ }).fill("metrics.loss < 0.5");
    await page.getByText("1 runs").waitFor();
    await page.getByRole("link", { name: "run-1" }).waitFor();
    await page.goto(`${studio.url}/experiments?experiment=digits&group=params.opt`);
    await page.getByRole("button", { name: "adam" }).click();
    await page.getByRole("checkbox", { name: "Choose run-0" }).check();
    await page.getByRole("checkbox", { name: "Choose run-1" }).check();
    await page.getByRole("link", { name: "Compare", exact: true }).last().click();
    await page.waitForURL(/\/experiments\/compare\?runs=/);
    await page.getByRole("img", { name: /^2 runs over lr, loss$/ }).waitFor();
    await page.getByRole("img", { name: "Runs by lr and loss" }).waitFor();
    await page
      .getByRole("img", { name: "loss: run-1, run-0" })
      .or(page.getByRole("img", { name: "loss: run-0, run-1" }))
      .waitFor();

    await page.goto(`${studio.url}/experiments/runs/${ids[0]}`);
    const chart = page.getByRole("img", { name: "loss: run-0" });
    await chart.locator("path").nth(3).waitFor({ state: "attached" });
    await page.getByRole("button", { name: "Register as a model" }).click();
    await page.getByRole("textbox", { name: "Name in the registry" }).fill("digits-model");
    await page.getByRole("dialog").getByRole("button", { name: "Register as a model" }).click();
    await page.getByRole("link", { name: "Version 1" }).click();
    await page.getByRole("button", { name: "Promote" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Promote" }).click();
    await page.getByText("registry:digits-model@champion").waitFor();
  });

  test("an assistant's run waits for its function, which is answered by hand, and shows its steps", async () => {
    const post = async (path: string, fields: object) => {
      const response = await fetch(`${studio.url}/v1${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(fields),
      });
      return (await response.json()) as { id: string };
    };
    const parameters = { type: "object", properties: { city: { enum: ["Oslo"] } }, required: ["city"] };
    const weather = { type: "function", function: { name: "get_weather", parameters } };
    const assistant = await post("/assistants", { model: chatModel, name: "Helper", tools: [weather] });
    const thread = await post("/threads", { messages: [{ role: "user", content: "Weather?" }] });
    const tool_choice = { type: "function", function: { name: "get_weather" } };
    await post(`/threads/${thread.id}/runs`, { assistant_id: assistant.id, tool_choice, max_completion_tokens: 60 });
    const page = await studio.open(`/functions?assistant=${assistant.id}&thread=${thread.id}`);
    await page.getByText("Run: waits for you").waitFor();
    await page.getByRole("textbox", { name: "Result of get_weather" }).fill("rain");
    await page.getByRole("button", { name: "Send the results" }).click();
    await page.getByText(/get_weather\(.*\) → rain/).waitFor();
  });

  test("a vector store is made and searched", async () => {
    const page = await studio.open("/functions/files");
    await page.getByRole("textbox", { name: "New vector store: Name" }).fill("notes");
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByText("notes", { exact: true }).waitFor();
    await page
      .getByRole("list", { name: "Vector stores" })
      .locator('input[type="file"]')
      .or(page.locator('section:has(ul[aria-label="Vector stores"]) input[type="file"]'))
      .first()
      .setInputFiles({ name: "soil.txt", mimeType: "text/plain", buffer: Buffer.from("Earthworms turn the soil.") });
    await page.getByText(/^1 file · \d/).waitFor();
    await page.getByRole("searchbox", { name: "Search in it" }).fill("earthworms");
    await page.keyboard.press("Enter");
    await page.getByRole("list", { name: "Found" }).getByText("Earthworms", { exact: true }).waitFor();
  });

  test("a sweep is made, paused and started, and a report is written, kept in versions and shown", async () => {
    const page = await studio.open("/experiments/sweeps");
    await page.getByRole("button", { name: "New sweep" }).click();
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByText("No worker has taken a trial yet.").waitFor();
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("Paused").waitFor();
    await page.goto(`${studio.url}/experiments/reports`);
    await page.getByRole("button", { name: "New report" }).click();
    await page.getByRole("textbox", { name: "Text (Markdown)" }).fill("# Adam wins\n");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await page.getByText("Saved · version 2").waitFor();
    await page.getByRole("region", { name: "As it looks" }).getByRole("heading", { name: "Adam wins" }).waitFor();
  });

  test("no page is wider than a phone, and axe finds nothing serious, in Chinese and dark or in English and light", async () => {
    const page = await studio.open("/video", { reducedMotion: "reduce" });
    const looks = [
      { locale: "zh-CN", width: 390, colorScheme: "dark" },
      { locale: "en", width: 820, colorScheme: "light" },
    ] as const;
    const paths = [
      "/video",
      "/video/grid",
      "/video/attention",
      "/video/ideas",
      "/chat",
      "/chat/keys",
      "/functions",
      "/functions/files",
      "/experiments",
    ];
    for (const [index, path] of paths.entries()) {
      const { locale, width, colorScheme } = looks[index % 2]!;
      await page.evaluate((value) => localStorage.setItem("loam-language", value), locale);
      await page.setViewportSize({ width, height: 844 });
      await page.emulateMedia({ colorScheme });
      await page.goto(studio.url + path);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.waitForTimeout(300);
      expect([path, await page.evaluate(() => document.documentElement.scrollWidth)]).toEqual([path, width]);
      expect([path, await violationsOn(page, { impacts: ["serious", "critical"] })]).toEqual([path, []]);
    }
  });

  test("no page reported an error", () => {
    expect(studio.problems).toEqual([]);
  });
});

/** Two runs with curves, one with a value that is no number, as MLflow's client logs them. */
async function logRuns(url: string): Promise<string[]> {
  const post = async (path: string, fields: object) => {
    const response = await fetch(`${url}/api/2.0/mlflow/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(fields),
    });
    return (await response.json()) as { experiment_id: string; run: { info: { run_id: string } } };
  };
  const { experiment_id } = await post("experiments/create", { name: "digits" });
  const ids: string[] = [];
  for (const n of [0, 1]) {
    const { run } = await post("runs/create", { experiment_id, run_name: `run-${n}`, start_time: Date.now() });
    ids.push(run.info.run_id);
    const metrics = Array.from({ length: 30 }, (_, step) => ({
      ...{ key: "loss", step, timestamp: Date.now() + step },
      value: n === 0 && step === 4 ? "NaN" : (2 - n) / (1 + step / 10) + 0.1 * (1 - n),
    }));
    const params = [
      { key: "lr", value: `${0.1 / (n + 1)}` },
      { key: "opt", value: "adam" },
    ];
    await post("runs/log-batch", { run_id: run.info.run_id, metrics, params, tags: [] });
    await post("runs/update", { run_id: run.info.run_id, status: "FINISHED", end_time: Date.now() });
  }
  return ids;
}
