import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { goldenFolder } from "../../test/golden.ts";
import { readGolden, relativeError } from "../../test/tensors.ts";
import { type DecoderModel, openModel } from "../model/model.ts";
import { openDecoderSession } from "./decoder-session.ts";
import { TextGenerator } from "./generate.ts";
import { penalizeRepetition, warpScores } from "./sampling.ts";

const TOLERANCE = 1e-4;
const folder = goldenFolder("models");
const facts = (name: string) => JSON.parse(readFileSync(join(folder, name, "golden.json"), "utf8"));
const names = readdirSync(folder).filter(
  (name) => existsSync(join(folder, name, "golden.json")) && facts(name).generate,
);

/** Ids without the padding in front. */
const unpadded = (rows: number[][], mask: number[][]) => rows.map((row, b) => row.filter((_, t) => mask[b]![t] === 1));

describe.each(names)("%s", (name) => {
  test("greedy tokens equal those of transformers, rows of different lengths side by side", async () => {
    const golden = await readGolden(join(folder, name, "golden.safetensors"));
    const { max_new_tokens, eos_token_id_of_greedy_eos } = facts(name).generate;
    const generator = await TextGenerator.open((await openModel(join(folder, name))) as DecoderModel);
    const prompts = golden.rows("generate/input_ids");
    const inputs = unpadded(prompts, golden.rows("generate/attention_mask"));
    for (const [recorded, eos] of [
      ["greedy_sequences", []],
      ["greedy_eos_sequences", [eos_token_id_of_greedy_eos]],
    ] as const) {
      const expected = golden.rows(`generate/${recorded}`);
      const found = await generator.generate(inputs, {
        maxNewTokens: max_new_tokens,
        temperature: 0,
        eosTokenIds: eos,
      });
      for (const [row, { ids }] of found.entries()) {
        const whole = [...prompts[row]!, ...ids];
        const padding = new Array(Math.max(expected[row]!.length - whole.length, 0)).fill(generator.model.padTokenId);
        expect([...whole, ...padding], `${recorded}, row ${row}`).toEqual(expected[row]);
      }
    }
    await generator.close();
  });

  test("logits with cached keys equal the recorded ones, and sampling keeps the same tokens with the same scores", async () => {
    const golden = await readGolden(join(folder, name, "golden.safetensors"));
    const { sampling } = facts(name).generate;
    const session = await openDecoderSession((await openModel(join(folder, name))) as DecoderModel);
    const mask = golden.rows("generate/attention_mask").map((row) => row.map((x) => x === 1));
    const prompts = golden.rows("generate/input_ids");
    for (const kind of ["greedy", "sample"] as const) {
      const sequences = golden.rows(`generate/${kind}_sequences`);
      const recorded = kind === "greedy" ? "generate/greedy_logits" : "generate/sample_scores";
      const [steps, rows, vocab] = golden.shape(recorded) as [number, number, number];
      const expected = golden.floats(recorded);
      const state = session.start(rows);
      let columns = prompts;
      let columnMask = mask;
      const width = prompts[0]!.length;
      for (let step = 0; step < steps; step++) {
        const logits = await state.read(columns, columnMask);
        for (const [row, scores] of logits.entries()) {
          const want = expected.subarray((step * rows + row) * vocab, (step * rows + row + 1) * vocab);
          const seen = sequences[row]!.slice(0, width + step);
          if (kind === "sample") {
            penalizeRepetition(scores, seen, sampling.repetition_penalty);
            warpScores(scores, { temperature: sampling.temperature, topK: sampling.top_k, topP: sampling.top_p });
            const kept = (s: Float32Array) => [...s.keys()].filter((id) => s[id] !== -Infinity);
            expect(kept(scores), `step ${step}, row ${row}`).toEqual(kept(want));
          }
          const finite = Array.from(want, (x) => Number.isFinite(x));
          expect(relativeError(scores, want, finite, 1), `${kind} step ${step}, row ${row}`).toBeLessThan(TOLERANCE);
        }
        columns = sequences.map((row) => [row[width + step]!]);
        columnMask = sequences.map(() => [true]);
      }
    }
    await session.close();
  });
});
