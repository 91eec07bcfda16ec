import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as web from "onnxruntime-web";
import { afterAll, expect, test } from "vitest";
import * as g from "../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "loam-save-"));
afterAll(() => rmSync(folder, { recursive: true }));

const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i) / 8);
const table = numbers(200 * 128);

/** An attention layer with its loss and gradient: fused operators, named dimensions and external weights. */
const program = ({ x, target }: { x: g.Tensor; target: g.Tensor }) => {
  const weights = g.weight({ name: "table", dtype: "float32", shape: [200, 128], source: { data: table } });
  const loss = (x: g.Tensor) => {
    const heads = (y: g.Tensor) => g.transpose(g.reshape(y, ["batch", "time", 4, 32]), [0, 2, 1, 3]);
    const tables = g.ropeTables(g.range({ length: "time" }), g.ropeFrequencies({ headDim: 32 }));
    const h = heads(g.rmsNorm(x, g.ones([128]), { eps: 1e-6 }));
    const attended = g.attention(g.rope(h, tables), g.rope(h, tables), h, { causal: true });
    const y = g.gelu(g.reshape(g.transpose(attended, [0, 2, 1, 3]), x.shape), {});
    const { sum, count } = g.vocabularyLoss(g.reshape(g.silu(y), [-1, 128]), weights, g.flatten(target));
    return g.div(sum, count);
  };
  return g.valueAndGrad(loss)(x);
};
const inputs = {
  x: { dtype: "float32", shape: ["batch", "time", 128] },
  target: { dtype: "int64", shape: ["batch", "time"] },
} as const;
const feeds = {
  x: g.value(numbers(2 * 3 * 128), [2, 3, 128]),
  target: g.value([5, 9, -100, 7, -100, 199], [2, 3], "int64"),
};

test("a saved graph gives the same numbers here, from its files, and in onnxruntime-web", async () => {
  const live = await g.compile(program, { inputs });
  const expected = await live(feeds);
  await live.close();

  const path = join(folder, "program.onnx");
  g.save(program, { inputs, path });
  const session = await g.openSession(path, { weights: "mapped" });
  const fromFile = await session.run(feeds);
  await session.close();
  expect(g.numbers(fromFile.grads!)).toEqual(g.numbers(expected.grads));

  web.env.wasm.numThreads = 1;
  const inBrowser = await web.InferenceSession.create(readFileSync(path), {
    executionProviders: ["wasm"],
    externalData: [{ path: "program.onnx.data", data: readFileSync(`${path}.data`) }],
  });
  const result = await inBrowser.run({
    x: new web.Tensor("float32", feeds.x.data as Float32Array, feeds.x.dims),
    target: new web.Tensor("int64", feeds.target.data as BigInt64Array, feeds.target.dims),
  });
  expect(result.value!.data[0]).toBeCloseTo(g.numbers(expected.value)[0]!, 5);
  const grads = g.numbers(expected.grads);
  for (const [i, x] of (result.grads!.data as Float32Array).entries()) expect(x).toBeCloseTo(grads[i]!, 5);
});
