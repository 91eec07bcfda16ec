import { rmSync } from "node:fs";
import { Rng } from "@loam/core";
import { compile, floats, type Tensor, value } from "@loam/graph";
import { type DecoderModel, openModel, TextGenerator } from "@loam/models";
import { tinyChatModel } from "@loam/models/testing";
import { afterAll, describe, expect, test } from "vitest";
import { goldenPath } from "../../../test/golden.ts";
import { largestDifference } from "../../../test/tensors.ts";
import { baseModelOf } from "../../layers/base-model.ts";
import { type Attachment, certain } from "../../layers/method.ts";
import { frozen } from "../../numbers/tensor-value.ts";
import { adaptedForward } from "../../running/adapted-forward.ts";
import { promptTuning } from "./index.ts";
import { embeddingsOf, startTokens } from "./start-tokens.ts";

const folder = tinyChatModel();
afterAll(() => rmSync(folder, { recursive: true }));

const first = [5, 9, 33];
const second = [70, 8, 120, 4];

async function lastLogits(model: DecoderModel, attachment: Attachment, ids: readonly number[]): Promise<Float32Array> {
  const shape = [1, ids.length];
  const program = await compile(
    (x: { ids: Tensor; mask: Tensor; positions: Tensor }) => {
      const { hidden, logits } = adaptedForward(model, attachment, x);
      return { logits: logits(hidden) };
    },
    {
      inputs: { ids: { dtype: "int64", shape }, mask: { dtype: "bool", shape }, positions: { dtype: "int64", shape } },
    },
  );
  const { logits } = await program({
    ids: value([...ids], shape, "int64"),
    mask: value(Array<boolean>(ids.length).fill(true), shape),
    positions: value(
      ids.map((_, i) => i),
      shape,
      "int64",
    ),
  });
  await program.close();
  return floats(logits).slice(-model.config.vocabSize);
}

const known = ["qwen2", "gpt2", "gemma3", "llama"].filter((name) => goldenPath(`models/${name}`));

describe.each(known)("%s", (name) => {
  test("a prompt of tokens' own embeddings is these tokens: places, scales and all", async () => {
    const model = (await openModel(goldenPath(`models/${name}`)!)) as DecoderModel;
    const config = promptTuning.readConfig({ num_virtual_tokens: first.length });
    const tensors = {
      prompt_embeddings: { shape: [first.length, model.config.hiddenSize], data: await embeddingsOf(model, first) },
    };
    const attachment = promptTuning.attach(baseModelOf(model), config, frozen(tensors), certain);
    const expected = await lastLogits(model, {}, [...first, ...second]);
    expect(largestDifference(await lastLogits(model, attachment, second), expected)).toBeLessThan(1e-4);

    const plain = await TextGenerator.open(model, { threads: 1 });
    const prompted = await TextGenerator.open(model, { threads: 1, prompt: attachment.prompt });
    const options = { maxNewTokens: 6, temperature: 0, eosTokenIds: [] };
    const [whole] = await plain.generate([[...first, ...second]], options);
    const [after] = await prompted.generate([second], options);
    await plain.close();
    await prompted.close();
    expect(after!.ids).toEqual(whole!.ids);
  });
});

describe("prompt_tuning_init", () => {
  const config = (more: Record<string, unknown>) => promptTuning.readConfig({ num_virtual_tokens: 5, ...more });

  test("TEXT starts from the text's tokens, cut or repeated", async () => {
    const model = (await openModel(folder)) as DecoderModel;
    const ids = model.tokenizer!.encode("abc").ids;
    const text = (prompt_tuning_init_text: string) =>
      startTokens(model, config({ prompt_tuning_init: "TEXT", prompt_tuning_init_text }), new Rng(1));
    expect(text("abc")).toEqual([...ids, ...ids].slice(0, 5));
    expect(text("abcdefgh")).toHaveLength(5);
    const start = config({ prompt_tuning_init: "TEXT", prompt_tuning_init_text: "abc" });
    const { "prompt_encoder.embedding.weight": table } = await promptTuning.init(baseModelOf(model), start, new Rng(1));
    const { data } = await baseModelOf(model).read("model.embed_tokens.weight");
    const C = model.config.hiddenSize;
    expect(largestDifference(table!.data.subarray(C, 2 * C), data.subarray(ids[1]! * C, (ids[1]! + 1) * C))).toBe(0);
    expect(() => text("")).toThrow("there is no text");
  });

  test("SAMPLE_VOCAB starts from tokens of the vocabulary, by seed", async () => {
    const model = (await openModel(folder)) as DecoderModel;
    const sample = (seed: number) => startTokens(model, config({ prompt_tuning_init: "SAMPLE_VOCAB" }), new Rng(seed))!;
    expect(sample(1)).toEqual(sample(1));
    expect(sample(1)).not.toEqual(sample(2));
    expect(Math.max(...sample(1))).toBeLessThan(model.config.vocabSize);
  });
});
