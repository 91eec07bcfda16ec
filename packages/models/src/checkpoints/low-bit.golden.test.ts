import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  dequantize4bit,
  dequantizeGroups,
  dequantizeRowwise,
  floats,
  input,
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
import type { Parameters as ModelParameters } from "../modules/modules.ts";
import { readTensor } from "./checkpoint.ts";
import { type KeptFloat, quantizeParameters } from "./low-bit.ts";

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
    const inputs = { inputIds: [[5, 17, 99, 301, 42, 7].map((id) => id % model.config.vocabSize)] };
    const packed = await quantizeParameters(model, { format, ...(format !== "int8" && { blockSize: 32 }) });
    const groupSize = (columns: number) => [32, 16].find((size) => columns % size === 0);
    const unpacked = new Map<string, Tensor>();
    for (const [name, shape] of Object.entries(model.architecture.parameters(model.config as never))) {
      if (shape.length !== 2) continue;
      const matrix = shape as readonly [number, number];
      if (format === "int4" && !groupSize(matrix[1])) continue; // left in float, as `onKept` is told
      const values = await readTensor(model.checkpoint, name);
      const data =
        format === "int8"
          ? dequantizeRowwise(quantizeRowwise(values, matrix[0]))
          : format === "int4"
            ? dequantizeGroups(quantizeGroups(values, matrix, { groupSize: groupSize(matrix[1]) }))
            : dequantize4bit(quantize4bit(values, matrix, { type: format, blockSize: 32 }));
      unpacked.set(name, weight({ name: `${name}.unpacked`, dtype: "float32", shape: matrix, source: { data } }));
    }
    const reference: ModelParameters = {
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

  test("columns that a group does not divide take a smaller one, or are named as left in float", async () => {
    const shapes = { "a_proj.weight": [4, 48], "b_proj.weight": [4, 51], "h.c_fc.weight": [4, 64] } as const;
    const model = {
      checkpoint: {
        tensors: new Map(
          Object.entries(shapes).map(([name, shape]) => [
            name,
            {
              dtype: "float32",
              shape,
              source: { data: Float32Array.from({ length: shape[0] * shape[1] }, (_, i) => Math.sin(i)) },
            },
          ]),
        ),
      },
      architecture: { kind: "encoder", parameters: () => shapes },
      parameters: { has: (name: string) => name in shapes, get: (name: string) => name },
      config: {},
    } as unknown as Parameters<typeof quantizeParameters>[0];
    const told: KeptFloat[] = [];
    const onKept = (kept: readonly KeptFloat[]) => told.push(...kept);
    const rows = (columns: number) => input({ name: "x", dtype: "float32", shape: ["n", columns] });
    const int4 = await quantizeParameters(model, { format: "int4", onKept });
    expect(int4.packedMatmul!("a_proj.weight", rows(48))).toBeDefined();
    expect(int4.packedMatmul!("b_proj.weight", rows(51))).toBeUndefined();
    expect(told).toEqual([
      { name: "h.c_fc.weight", shape: [4, 64], why: "it is stored [in, out]" },
      { name: "b_proj.weight", shape: [4, 51], why: "groups of 16 do not divide its 51 columns" },
    ]);
    const nf4 = await quantizeParameters(model, { format: "nf4" });
    expect(nf4.packedMatmul!("b_proj.weight", rows(51))).toBeDefined();
  });
});
