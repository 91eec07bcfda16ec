import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { floats } from "@loam/graph";
import { describe, expect, test } from "vitest";
import { goldenFolder } from "../../test/golden.ts";
import { readGolden, relativeError } from "../../test/tensors.ts";
import { forward } from "../model/forward.ts";
import { openModel } from "../model/model.ts";

/** float32 sums in another order; the reference's own float64 run differs by up to 1e-5. */
const TOLERANCE = 1e-4;
const folder = goldenFolder("models");
const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, "golden.safetensors")));
const isDecoder = (name: string) =>
  JSON.parse(readFileSync(join(folder, name, "golden.json"), "utf8")).reference.match(/(ForCausalLM|LMHeadModel)$/) !==
  null;

/** A copy of the checkpoint whose config has the layout of transformers 5. */
function withNewConfig(name: string): string {
  const copy = mkdtempSync(join(tmpdir(), `loam-${name}-`));
  cpSync(join(folder, name), copy, { recursive: true, mode: 0 });
  renameSync(join(copy, "config.v5.json"), join(copy, "config.json"));
  return copy;
}

describe.each(names.filter(isDecoder))("%s", (name) => {
  test("logits and hidden states equal those of transformers, padded right or left", async () => {
    const golden = await readGolden(join(folder, name, "golden.safetensors"));
    const model = await openModel(join(folder, name));
    for (const side of ["right", "left"]) {
      const attentionMask = golden.rows(`${side}/attention_mask`);
      const keep = attentionMask.flat().map(Boolean);
      const output = await forward(model, {
        inputIds: golden.rows(`${side}/input_ids`),
        attentionMask,
        positionIds: golden.has(`${side}/position_ids`) ? golden.rows(`${side}/position_ids`) : undefined,
      });
      const [, , vocabSize] = golden.shape(`${side}/logits`);
      expect(
        relativeError(floats(output.logits!), golden.floats(`${side}/logits`), keep, vocabSize!),
        side,
      ).toBeLessThan(TOLERANCE);
      if (!golden.has(`${side}/hidden_states`)) continue;
      const [states, batch, length, width] = golden.shape(`${side}/hidden_states`) as [number, number, number, number];
      expect(output.hiddenStates).toHaveLength(states);
      const expected = golden.floats(`${side}/hidden_states`);
      for (const [i, state] of output.hiddenStates.entries()) {
        const part = expected.subarray(i * batch * length * width, (i + 1) * batch * length * width);
        expect(relativeError(floats(state), part, keep, width), `hidden state ${i}`).toBeLessThan(TOLERANCE);
      }
    }
  });

  test("the config of transformers 5 gives the same logits, with positions counted from the mask", async () => {
    const golden = await readGolden(join(folder, name, "golden.safetensors"));
    const model = await openModel(withNewConfig(name));
    const attentionMask = golden.rows("left/attention_mask");
    const { logits } = await forward(model, { inputIds: golden.rows("left/input_ids"), attentionMask });
    const keep = attentionMask.flat().map(Boolean);
    expect(
      relativeError(floats(logits!), golden.floats("left/logits"), keep, golden.shape("left/logits")[2]!),
    ).toBeLessThan(TOLERANCE);
  });
});

describe.each(names.filter((name) => !isDecoder(name) && name !== "sentence-bert"))("%s", (name) => {
  test.each(["config.json", "config.v5.json"])(
    "hidden states, pooler and heads equal those of transformers (%s)",
    async (config) => {
      const golden = await readGolden(join(folder, name, "golden.safetensors"));
      const model = await openModel(config === "config.json" ? join(folder, name) : withNewConfig(name));
      const attentionMask = golden.rows("attention_mask");
      const keep = attentionMask.flat().map(Boolean);
      const output = await forward(model, {
        inputIds: golden.rows("input_ids"),
        attentionMask,
        tokenTypeIds: golden.has("token_type_ids") ? golden.rows("token_type_ids") : undefined,
      });
      const [states, batch, length, width] = golden.shape("hidden_states") as [number, number, number, number];
      expect(output.hiddenStates).toHaveLength(states);
      const expected = golden.floats("hidden_states");
      for (const [i, state] of output.hiddenStates.entries()) {
        const part = expected.subarray(i * batch * length * width, (i + 1) * batch * length * width);
        expect(relativeError(floats(state), part, keep, width), `hidden state ${i}`).toBeLessThan(TOLERANCE);
      }
      const pooler = golden.floats("pooler_output");
      expect(relativeError(floats(output.pooled!), pooler, [true], width)).toBeLessThan(TOLERANCE);
      if (golden.has("mlm_logits")) {
        const vocabSize = golden.shape("mlm_logits")[2]!;
        expect(relativeError(floats(output.logits!), golden.floats("mlm_logits"), keep, vocabSize)).toBeLessThan(
          TOLERANCE,
        );
      }
    },
  );
});
