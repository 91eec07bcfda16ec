import { afterAll, expect, test } from "vitest";
import { type DecoderModel, openModel } from "../model/model.ts";
import { tinyChatModel } from "../testing/index.ts";
import { TextGenerator } from "./generate.ts";

const model = (await openModel(tinyChatModel())) as DecoderModel;
const opened: TextGenerator[] = [];
const open = async () => {
  const generator = await TextGenerator.open(model, { threads: 1 });
  opened.push(generator);
  return generator;
};
afterAll(async () => {
  for (const generator of opened) await generator.close();
});

const said = (length: number, salt = 0) => Array.from({ length }, (_, i) => 32 + ((i * 7 + salt) % 90));

async function write(generator: TextGenerator, prompt: number[]) {
  const pieces = generator.stream(prompt, { maxNewTokens: 12, seed: 5, temperature: 1, logprobs: 0 });
  const logprobs: number[] = [];
  for (;;) {
    const next = await pieces.next();
    if (next.done) return { logprobs, ids: next.value.ids, cachedTokens: next.value.cachedTokens };
    if (next.value.logprobs) logprobs.push(next.value.logprobs.logprob);
  }
}

test("a longer prompt reads only what is new, and gives the same numbers to the bit", async () => {
  const generator = await open();
  const first = said(300);
  await write(generator, first);
  const second = [...first, ...said(120, 3)];
  const cached = await write(generator, second);
  expect(cached.cachedTokens).toBe(256);
  const fresh = await write(await open(), second);
  expect(fresh.cachedTokens).toBe(0);
  expect([cached.ids, cached.logprobs]).toEqual([fresh.ids, fresh.logprobs]);
});

test("a prompt that parts earlier goes on from there; the same one again is read from its last piece", async () => {
  const generator = await open();
  const first = said(520);
  const alone = await write(generator, first);
  const other = [...first.slice(0, 200), ...said(200, 11)];
  expect((await write(generator, other)).cachedTokens).toBe(128);
  const again = await write(generator, first);
  expect(again.cachedTokens).toBe(512);
  expect(again.logprobs).toEqual(alone.logprobs);
});

test("texts written at the same time are what each would be alone", async () => {
  const generator = await open();
  const prompts = Array.from({ length: 12 }, (_, i) => said(40 + i, i));
  const alone = [];
  for (const prompt of prompts) alone.push((await write(generator, prompt)).logprobs);
  const together = await Promise.all(prompts.map((prompt) => write(generator, prompt)));
  expect(together.map(({ logprobs }) => logprobs)).toEqual(alone);
});
