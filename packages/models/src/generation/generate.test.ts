import { constant } from "@loam/graph";
import { afterAll, describe, expect, test } from "vitest";
import { relativeError } from "../../test/tensors.ts";
import { type DecoderModel, openModel } from "../model/model.ts";
import { Modules } from "../modules/modules.ts";
import { tinyChatModel } from "../testing/index.ts";
import { openDecoderSession } from "./decoder-session.ts";
import { TextGenerator } from "./generate.ts";

const model = (await openModel(tinyChatModel())) as DecoderModel;
const generator = await TextGenerator.open(model, { threads: 1 });
afterAll(() => generator.close());
const endless = { eosTokenIds: [] as number[] };

describe("generation", () => {
  test("a text alone and the same text in a batch of other lengths are continued alike, with chance too", async () => {
    const options = { ...endless, maxNewTokens: 10, temperature: 1, seed: 4 };
    const [alone] = await generator.generate(["Hello world"], options);
    const [first, second] = await generator.generate(["Hello world", "Hi"], options);
    expect(first!.ids).toEqual(alone!.ids);
    expect(second!.ids).toHaveLength(10);
  });

  test("log probabilities are of the model itself: the greedy token is the first of the top, and they add up below 1", async () => {
    const [result] = await generator.generate(["Hello"], { ...endless, maxNewTokens: 3, temperature: 0, logprobs: 4 });
    expect(result!.logprobs).toHaveLength(3);
    for (const { id, logprob, top } of result!.logprobs!) {
      expect(top[0]).toEqual({ id, logprob });
      expect(top.reduce((sum, entry) => sum + Math.exp(entry.logprob), 0)).toBeLessThanOrEqual(1);
    }
  });

  test("a stop string ends the text in front of it", async () => {
    const [free] = await generator.generate(["Hello"], { ...endless, maxNewTokens: 30, temperature: 0 });
    const stop = free!.text.slice(5, 7);
    const [cut] = await generator.generate(["Hello"], { ...endless, maxNewTokens: 30, temperature: 0, stop: [stop] });
    expect(cut!.text).toBe(free!.text.slice(0, free!.text.indexOf(stop)));
    expect(cut!.finishReason).toBe("stop");
  });

  test("cancelling in the middle ends the work with an error that says so", async () => {
    const abort = new AbortController();
    const seen: string[] = [];
    const run = async () => {
      for await (const { text } of generator.stream("Hello", {
        ...endless,
        maxNewTokens: 900,
        temperature: 0,
        signal: abort.signal,
      })) {
        seen.push(text);
        if (seen.length === 3) abort.abort();
      }
    };
    await expect(run()).rejects.toMatchObject({ code: "cancelled" });
    expect(seen.length).toBeLessThan(10);
  });

  test("a full context ends the text; a longer prompt is refused with the excess", async () => {
    const limit = model.config.maxPositions;
    const [result] = await generator.generate([new Array(limit - 2).fill(65)], { ...endless, temperature: 0 });
    expect([result!.ids.length, result!.finishReason]).toEqual([3, "length"]);
    await expect(generator.generate([new Array(limit + 5).fill(65)])).rejects.toThrow(
      `\`prompt\` is "${limit + 5} tokens"; expected at most ${limit}, the model's context. Shorten it by 5 tokens.`,
    );
  });

  test("a learned prompt that is the embedding of some tokens reads like these tokens, and so do its keys and values", async () => {
    const { architecture, config, parameters } = model;
    const [front, text] = [
      [5, 17, 99],
      [42, 7, 301],
    ];
    const columns = (ids: number[]) => [[ids], [ids.map(() => true)]] as const;
    const plain = await openDecoderSession(model, { threads: 1 });
    const [expected] = await plain.start(1).read(...columns([...front, ...text]));
    const modules = new Modules(parameters);
    const frontIds = constant({ dtype: "int64", shape: [1, 3], data: front });
    const positions = constant({ dtype: "int64", shape: [1, 3], data: [0, 1, 2] });
    const prompt = architecture.embed(modules, config, frontIds, positions);
    const mask = constant({ dtype: "bool", shape: [1, 3], data: [1, 1, 1] });
    const past = architecture.forward(modules, config, { embeddings: prompt, positions, mask }).present;
    for (const virtual of [{ prompt }, { past }]) {
      const session = await openDecoderSession(model, { ...virtual, threads: 1 });
      const state = session.start(2);
      expect(state.length).toBe(3);
      const [, found] = await state.read(
        [text, text],
        [
          [true, true, true],
          [true, true, true],
        ],
      );
      expect(relativeError(found!, expected!, [true], 1)).toBeLessThan(1e-5);
      await session.close();
    }
    await plain.close();
  });

  test("ids outside the vocabulary and empty prompts are refused", async () => {
    await expect(generator.generate([[1, 5000]])).rejects.toThrow("`prompt` is 5000; expected ids from 0 to 319");
    await expect(generator.generate([""])).rejects.toThrow("at least one token");
  });

  test("text follows a grammar, and any JSON where only that is asked", async () => {
    const grammar = 'root ::= "yes" | "no" [0-9]';
    const [answer] = await generator.generate(["Sure?"], {
      constraint: { grammar },
      temperature: 1,
      seed: 1,
      maxNewTokens: 10,
    });
    expect(answer!.text).toMatch(/^(yes|no\d)$/);
    expect(answer!.finishReason).toBe("stop");
    const broken = generator.generate(["x"], { constraint: { grammar: "root ::= (" } });
    await expect(broken).rejects.toThrow("The grammar cannot be compiled");
    const [again] = await generator.generate(["Sure?"], { constraint: { grammar }, temperature: 0, maxNewTokens: 10 });
    expect(again!.text).toMatch(/^(yes|no\d)$/);
  });
});
