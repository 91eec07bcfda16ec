import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { dataFolder } from "../../test/golden.ts";
import { readJson } from "../checkpoints/hugging-face.ts";
import { type DecoderModel, openModel } from "../model/model.ts";
import { TextGenerator } from "./generate.ts";

const folder = join(dataFolder, "models");

describe.skipIf(!existsSync(folder))("trained checkpoints write what they are known to write (needs LOAM_DATA)", () => {
  test("stories260K (llama2.c, version 0) tells of Lily and the big, red ball", async () => {
    const model = (await openModel(join(folder, "llama2c/stories260K.bin"), {
      tokenizer: join(folder, "llama2c/tok512.bin"),
    })) as DecoderModel;
    const generator = await TextGenerator.open(model);
    const parts: string[] = [];
    for await (const { text } of generator.stream("Once upon a time", { temperature: 0, maxNewTokens: 60 }))
      parts.push(text);
    expect(parts.join("")).toMatch(
      /^, there was a little girl named Lily\. She loved to play outside in the park\. One day, she saw a big, red ball\./,
    );
    const [whole] = await generator.generate(["Once upon a time"], { temperature: 0, maxNewTokens: 60 });
    expect(whole!.text).toBe(parts.join(""));
    const [word] = await generator.generate(["Once upon a"], { temperature: 0, maxNewTokens: 1 });
    expect(word!.text).toBe(" time"); // the space between prompt and answer is not lost
    await generator.close();
  });

  test("stories260K (version 1) has the same sizes and writes a story", async () => {
    const model = (await openModel(join(folder, "llama2c/stories260K_v1.bin"), {
      tokenizer: join(folder, "llama2c/tok512.bin"),
    })) as DecoderModel;
    const generator = await TextGenerator.open(model);
    const [story] = await generator.generate(["Once upon a time"], { temperature: 0, maxNewTokens: 40 });
    expect(story!.text).toMatch(/^,? there was a (little|big)? ?\w+/);
    await generator.close();
  });

  test("BabyLlama (characters, SentencePiece) tells of Lily in the sunshine", async () => {
    const model = (await openModel(join(folder, "babyllama/tok105_model5000.bin"), {
      tokenizer: join(folder, "babyllama/tok105.model"),
    })) as DecoderModel;
    const generator = await TextGenerator.open(model);
    const [story] = await generator.generate(["Once upon a time"], { temperature: 0, maxNewTokens: 150 });
    expect(story!.text).toMatch(
      /^, there was a little girl named Lily\. She loved to play outside in the sunshine\. One day, she went to the park with her mommy and daddy\./,
    );
    await generator.close();
  });

  test("capp-gpt (a trained Hugging Face GPT-2) plans machining steps", async () => {
    const model = (await openModel(join(folder, "capp-gpt/safetensors"))) as DecoderModel;
    const { token2id } = await readJson<{ token2id: Record<string, number> }>(
      join(folder, "capp-gpt/onnx/token_mappings.json"),
    );
    const part = [
      "geometry_prismatic",
      "holes_normal",
      "external_threads_yes",
      "surface_finish_normal",
      "tolerance_medium",
      "batch_size_small",
    ];
    const generator = await TextGenerator.open(model);
    const [plan] = await generator.generate([[...part, "<SOS>"].map((token) => token2id[token]!)], {
      temperature: 0,
      maxNewTokens: 5,
    });
    const names = Object.keys(token2id);
    expect(plan!.ids.map((id) => names[id])).toEqual(["Milling", "Drilling", "Thread Milling", "Grinding", "<EOC>"]);
    await generator.close();
  });
});
