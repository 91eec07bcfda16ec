import { Rng } from "@loam/core";
import { type DecoderModel, openModel } from "@loam/models";
import { describe, expect, test } from "vitest";
import { goldenPath } from "../../test/golden.ts";
import { type EncodedExample, ignoreIndex } from "../data/encode.ts";
import { collate } from "../data/pack.ts";
import { baseModelOf } from "../layers/base-model.ts";
import { adapterMethod } from "../methods/registry.ts";
import { mapTensors, toValue } from "../numbers/tensor-value.ts";
import { compileEvaluator } from "./steps/evaluate.ts";

const rng = new Rng(3);
const example = (length: number): EncodedExample => {
  const ids = Int32Array.from({ length }, () => 3 + rng.integer(200));
  return { ids, labels: ids.slice(), truncated: 0 };
};
/** Begins with the same tokens as others, of which none is learned, and neither is the one after them. */
const beginningAlike = ({ ids, labels }: EncodedExample, shared: number): EncodedExample => ({
  ids: ids.map((id, i) => (i < shared ? 5 + i : id)),
  labels: labels.map((label, i) => (i <= shared ? ignoreIndex : label)),
  truncated: 0,
  shared,
});
const examples = [9, 4, 7, 5, 3].map(example);

const windowed = ["gemma3", "mistral"];

describe.each(["qwen2", "gpt2", ...windowed])("%s", (name) => {
  const path = goldenPath(`models/${name}`);
  test.skipIf(!path).each([
    ["LORA", { target_modules: name === "gpt2" ? ["c_attn"] : ["q_proj"] }],
    ["PREFIX_TUNING", { num_virtual_tokens: 3 }],
    ["PROMPT_TUNING", { num_virtual_tokens: 3 }],
  ])("%s: texts that share a row have the loss of texts in rows of their own", async (type, options) => {
    const model = (await openModel(path!)) as DecoderModel;
    const base = baseModelOf(model);
    const method = adapterMethod(type);
    const config = method.readConfig(options);
    const initial = await method.init(base, config, new Rng(1));
    const params = mapTensors(initial, toValue);
    const apart = collate(
      examples.map((one) => [one]),
      { padId: 0 },
    );
    const packed = collate([examples.slice(0, 2), examples.slice(2)], { padId: 0 });
    const plain = await compileEvaluator(base, method, config, initial);
    const packing = compileEvaluator(base, method, config, initial, { packed: true });
    if (windowed.includes(name) && type !== "LORA") {
      await expect(packing).rejects.toThrow(/sliding windows.*packing: false/s);
      return plain.close();
    }
    const blocks = await packing;
    const expected = (await plain.evaluate(params, [apart])).loss;
    expect(Math.abs((await blocks.evaluate(params, [packed])).loss - expected)).toBeLessThan(1e-5);
    expect(
      Math.abs((await plain.evaluate(params, [packed])).loss - expected),
      "without blocks it is another",
    ).toBeGreaterThan(1e-3);
    if (type === "LORA" && !windowed.includes(name)) {
      const [first, ...others] = examples.slice(0, 3).map((one) => beginningAlike(one, 2));
      const alone = collate(
        [first!, ...others].map((one) => [{ ...one, shared: undefined }]),
        { padId: 0 },
      );
      const together = collate([[first!, ...others]], { padId: 0 });
      expect(together.T).toBe(9 + 4 + 7 - 2 * 2);
      expect(together.supervised).toBe(alone.supervised);
      const same = (await plain.evaluate(params, [alone])).loss;
      expect(Math.abs((await blocks.evaluate(params, [together])).loss - same)).toBeLessThan(1e-5);
    }
    await plain.close();
    await blocks.close();
  });
});
