/**
 * How much faster are eight texts written together than one after the other, and are they the same? With a random Llama of 135
 * million weights; `--model PATH` for another.
 */
import { type DecoderModel, openModel, TextGenerator } from "@loam/models";
import { tinyChatModel } from "@loam/models/testing";
import { report, timingOf } from "./measure.ts";
import { randomModel } from "./random-model.ts";

const flag = process.argv.indexOf("--model");
const opened = (await openModel(flag < 0 ? await randomModel() : process.argv[flag + 1]!)) as DecoderModel;
// The random one has no tokenizer, and what it writes need not be read.
const { tokenizer = opened.tokenizer } = flag < 0 ? ((await openModel(tinyChatModel())) as DecoderModel) : opened;
const model = { ...opened, tokenizer };
const generator = await TextGenerator.open(model, { threads: 2, weights: "packed" });
const texts = 8;
const maxNewTokens = 24;
const { vocabSize } = model.config;
const prompts = Array.from({ length: texts }, (_, i) =>
  Array.from({ length: 30 + 9 * i }, (_, t) => (t * 7919 + i * 104_729) % vocabSize),
);

async function write(i: number): Promise<string> {
  const pieces = generator.stream(prompts[i]!, { maxNewTokens, seed: i, temperature: 1, eosTokenIds: [] });
  for (;;) {
    const next = await pieces.next();
    if (next.done) return next.value.ids.join(" ");
  }
}

/** Milliseconds of wall and of processor time. */
async function timed<T>(work: () => Promise<T>): Promise<{ result: T; wallMs: number; cpuMs: number }> {
  const cpu = process.cpuUsage();
  const started = performance.now();
  const result = await work();
  const { user, system } = process.cpuUsage(cpu);
  return { result, wallMs: performance.now() - started, cpuMs: (user + system) / 1000 };
}

await Promise.all([write(0), write(1)]); // compiles, and tries whether rows agree
const alone = await timed(async () => {
  const all: string[] = [];
  for (let i = 0; i < texts; i++) all.push(await write(i));
  return all;
});
const together = await timed(() => Promise.all(prompts.map((_, i) => write(i))));
const same = together.result.filter((ids, i) => ids === alone.result[i]).length;
await generator.close();
const rate = (ms: number) => (texts * maxNewTokens * 1000) / ms;
report(
  `Eight texts of ${maxNewTokens} tokens, together and one by one`,
  [
    { name: "the same tokens as alone", value: same, unit: `of ${texts}`, atLeast: texts },
    { name: "one by one", value: rate(alone.wallMs), unit: "tokens/s" },
    { name: "together", value: rate(together.wallMs), unit: "tokens/s" },
    { name: "together over one by one", value: alone.wallMs / together.wallMs, unit: "×", atLeast: 2.5 },
    { name: "processor time of one by one over together", value: alone.cpuMs / together.cpuMs, unit: "×" },
  ],
  { "one by one": timingOf([alone.wallMs]), together: timingOf([together.wallMs]) },
);
