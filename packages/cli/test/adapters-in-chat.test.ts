import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadConfig, Rng } from "@loam/core";
import { type DecoderModel, openModel } from "@loam/models";
import { tinyChatModel } from "@loam/models/testing";
import { adapterMethods, baseModelOf, openAdaptedGenerator, promptText, tune, writeAdapter } from "@loam/peft";
import { closeLocalModels, connectLanguageModel, openLocalProvider, parseModelName } from "@loam/providers";
import { generateText } from "ai";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { methodOptions } from "../../peft/test/method-options.ts";
import { Conversation } from "../src/commands/models/conversation.ts";
import { makePdf } from "./make-pdf.ts";
import { runLoam } from "./run-loam.ts";

vi.setConfig({ testTimeout: 120_000 });

const home = mkdtempSync(join(tmpdir(), "loam-adapter-chat-"));
const folder = tinyChatModel();
let model: DecoderModel;
beforeAll(async () => {
  // Tokens are bytes: a question with its passages takes more than a thousand.
  const config = JSON.parse(readFileSync(join(folder, "config.json"), "utf8"));
  writeFileSync(join(folder, "config.json"), JSON.stringify({ ...config, max_position_embeddings: 1536 }));
  model = (await openModel(folder)) as DecoderModel;
});
afterAll(async () => {
  await closeLocalModels();
  for (const path of [home, folder]) rmSync(path, { recursive: true, force: true });
});

describe("local:MODEL+ADAPTER", () => {
  test.each(adapterMethods.map((method) => [method.type, method]))(
    "%s holds a conversation of several turns",
    async (type, method) => {
      const base = baseModelOf(model);
      const config = method.readConfig({ ...methodOptions[type] });
      const rng = new Rng(5);
      const fresh = await method.init(base, config, rng);
      const tensors = Object.fromEntries(
        Object.entries(fresh).map(([key, { shape, data }]) => [
          key,
          { shape, data: data.map((x) => x + 0.05 * rng.normal()) },
        ]),
      );
      const adapter = join(home, type);
      await writeAdapter(adapter, method, (await method.toFile?.(base, config, tensors)) ?? { config, tensors });
      const { config: settings } = await loadConfig({ flags: { home } });
      const local = await openLocalProvider({ threads: 1 });
      const name = parseModelName(`local:${folder}+${adapter}`, "chat");
      const chat = await connectLanguageModel(settings, name, { role: "chat", local });
      const conversation = new Conversation(chat, { temperature: 0, maxOutputTokens: 6 });
      const first = await conversation.say("Hello");
      const second = await conversation.say("And then?");
      expect(first.finishReason).toMatch(/^(stop|length)$/);
      expect(second.inputTokens).toBeGreaterThan(first.inputTokens! + first.text.length + "And then?".length);
      conversation.forget();
      expect((await conversation.say("Hello")).text).toBe(first.text);
      await local.close();
    },
  );

  test("an adapter is asked in the form it was trained with, and answers in the roles of the configuration", async () => {
    const rows = ["red", "blue", "green"].map((output, i) =>
      JSON.stringify({ instruction: `Say colour ${i}.`, output }),
    );
    writeFileSync(join(home, "rows.jsonl"), rows.join("\n"));
    const adapter = join(home, "plain");
    await tune({
      model: folder,
      method: { peft_type: "LORA", r: 4, target_modules: "all-linear" },
      data: { path: join(home, "rows.jsonl"), template: "alpaca" },
      max_steps: 2,
      output: adapter,
      threads: 1,
    });
    expect(readFileSync(join(adapter, "chat_template.jinja"), "utf8")).toContain("### Instruction:");
    const generator = await openAdaptedGenerator(model, adapter, { threads: 1 });
    const prompt = promptText(model, "Say colour 1.", "alpaca");
    const [expected] = await generator.generate([prompt], { maxNewTokens: 8, temperature: 0 });
    await generator.close();
    const local = await openLocalProvider({ threads: 1 });
    const answer = await generateText({
      model: local.languageModel(`${folder}+${adapter}`),
      prompt: "Say colour 1.",
      maxOutputTokens: 8,
      temperature: 0,
    });
    expect(answer.text).toBe(expected!.text);
    await local.close();

    writeFileSync(join(home, "tides.pdf"), await makePdf("Tides", ["The tide is high at noon. ".repeat(4)]));
    const asked = await runLoam(["ask", "tides.pdf", "When is the tide high?", "--k", "1", "--json"], {
      home,
      env: { LOAM_CHAT_MODEL: `local:${folder}+${adapter}` },
    });
    expect(asked.json()).toMatchObject({ mode: expect.any(String) });
    const roles = await runLoam(["models", "--json"], {
      home,
      env: { LOAM_JUDGE_MODEL: `local:${folder}+${adapter}` },
    });
    expect(roles.json().roles).toContainEqual(
      expect.objectContaining({ role: "judge", model: `local:${folder}+${adapter}` }),
    );
  });
});
