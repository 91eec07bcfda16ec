import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  dequantize4bit,
  dequantizeGroups,
  dequantizeRowwise,
  floats,
  matmul,
  quantize4bit,
  quantizeGroups,
  quantizeRowwise,
  type Tensor,
  weight,
} from "@loam/graph";
import { describe, expect, test } from "vitest";
import { goldenFolder } from "../../test/golden.ts";
import { readGolden, relativeError } from "../../test/tensors.ts";
import { forward } from "../model/forward.ts";
import { openModel } from "../model/model.ts";
import type { Parameters } from "../modules/modules.ts";
import { readTensor } from "./checkpoint.ts";
import { quantizeParameters } from "./low-bit.ts";

const qlora = join(goldenFolder("quant"), "qlora");

describe.skipIf(!existsSync(qlora))("a bitsandbytes 4-bit checkpoint", () => {
  test("gives the logits that peft recorded", async () => {
    const golden = await readGolden(join(qlora, "golden.safetensors"));
    const inputs = await readGolden(join(goldenFolder("peft"), "inputs.safetensors"));
    const model = await openModel(join(qlora, "base"));
    expect(model.checkpoint.packed!.size).toBeGreaterThan(0);
    const attentionMask = inputs.rows("right/attention_mask");
    const { logits } = await forward(model, { inputIds: inputs.rows("right/input_ids"), attentionMask });
    const keep = attentionMask.flat().map(Boolean);
    expect(relativeError(floats(logits!), golden.floats("base_logits"), keep, model.config.vocabSize)).toBeLessThan(
      1e-4,
    );
  });
});

describe("a float checkpoint packed into few bits", () => {
  /** int4 multiplies activations of 8 bits, the others float ones. */
  test.each([
    ["int8", 1e-4, 1e-3],
    ["nf4", 1e-4, 1e-2],
    ["fp4", 1e-4, 1e-2],
    ["int4", 5e-2, 1e-2],
  ] as const)("%s gives what the unpacked matrices give", async (format, tolerance, rounded) => {
    const model = await openModel(join(goldenFolder("models"), "qwen2"));
    const inputs = { inputIds: [[5, 17, 99, 301, 42, 7]] };
    const packed = await quantizeParameters(model, { format, ...(format !== "int8" && { blockSize: 32 }) });
    const unpacked = new Map<string, Tensor>();
    for (const [name, shape] of Object.entries(model.architecture.parameters(model.config as never))) {
      if (shape.length !== 2) continue;
      const values = await readTensor(model.checkpoint, name);
      const matrix = shape as readonly [number, number];
      const data =
        format === "int8"
          ? dequantizeRowwise(quantizeRowwise(values, matrix[0]))
          : format === "int4"
            ? dequantizeGroups(quantizeGroups(values, matrix, { groupSize: 32 }))
            : dequantize4bit(quantize4bit(values, matrix, { type: format, blockSize: 32 }));
      unpacked.set(name, weight({ name: `${name}.unpacked`, dtype: "float32", shape: matrix, source: { data } }));
    }
    const reference: Parameters = {
      has: (name) => model.parameters.has(name),
      get: (name) => model.parameters.get(name),
      packedMatmul: (name, x) =>
        unpacked.has(name) ? matmul(x, unpacked.get(name)!, { transposeB: true }) : undefined,
    };
    const found = floats((await forward(model, inputs, { parameters: packed })).logits!);
    const expected = floats((await forward(model, inputs, { parameters: reference })).logits!);
    expect(relativeError(found, expected, [true], 1)).toBeLessThan(tolerance);
    const float = floats((await forward(model, inputs)).logits!);
    expect(relativeError(found, float, [true], 1)).toBeGreaterThan(rounded); // the packed matrices were used
  });
});
