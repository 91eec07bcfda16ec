import { join } from "node:path";
import type { DecoderModel } from "@loam/models";
import { openModel } from "@loam/models";
import { expect, test } from "vitest";
import { tuneFolder } from "../../test/tune-folder.ts";
import { openAdaptedGenerator } from "../running/adapted-generator.ts";
import { tune } from "../trainer/tune.ts";
import { quantizedModel } from "./quantized-model.ts";

const { folder, model, recipe } = tuneFolder();
const methods = [
  { peft_type: "LORA", r: 4, target_modules: "all-linear" },
  { peft_type: "LOHA", r: 4, target_modules: ["q_proj", "v_proj"] },
  { peft_type: "LOKR", r: 4, target_modules: ["q_proj", "v_proj"] },
  { peft_type: "IA3", target_modules: ["k_proj", "v_proj", "down_proj"], feedforward_modules: ["down_proj"] },
  { peft_type: "BOTTLENECK", config: "double_seq_bn" },
];

test.each(["nf4", "fp4", "int8"] as const)(
  "every method trains and writes on a base in %s",
  async (quantize) => {
    const base = (await quantizedModel(await openModel(model), { type: quantize })) as DecoderModel;
    expect(base.checkpoint.packed!.size).toBeGreaterThan(0);
    for (const method of methods) {
      const output = `${quantize}-${method.peft_type}`;
      const { losses } = await tune(
        recipe(output, { quantize, method, batch_size: 8, max_steps: 8, schedule: { name: "constant" } }),
      );
      expect(losses.last, output).toBeLessThan(losses.first);
      const generator = await openAdaptedGenerator(base, join(folder, output), { threads: 1 });
      const [answer] = await generator.generate(["Say colour 3."], { maxNewTokens: 3 });
      await generator.close();
      expect(answer!.text.length, output).toBeGreaterThan(0);
    }
  },
  60_000,
);
