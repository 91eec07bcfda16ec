/** Runs one training graph on the CPU and on WebGPU and prints how far apart they are, as JSON. */
import * as g from "../src/index.ts";

const width = 32;
const numbers = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.3 + seed) / 4);
const params = {
  q: { dtype: "float32", shape: [width, width] },
  up: { dtype: "float32", shape: [2 * width, width] },
  down: { dtype: "float32", shape: [width, 2 * width] },
  table: { dtype: "float32", shape: [50, width] },
} as const;
const inputs = { params, ids: { dtype: "int64", shape: [2, 6] }, targets: { dtype: "int64", shape: [12] } } as const;

const program = ({ params, ids, targets }: g.TensorsFor<typeof inputs>) => {
  const loss = ({ q, up, down, table }: g.TensorsFor<typeof inputs.params>) => {
    const tables = g.ropeTables(g.range({ length: 6 }), g.ropeFrequencies({ headDim: 16 }));
    const x = g.embedding(table, ids);
    const h = g.rmsNorm(x, g.ones([width]), { eps: 1e-6 });
    const heads = g.rope(g.transpose(g.reshape(g.linear(h, q), [2, 6, 2, 16]), [0, 2, 1, 3]), tables);
    const attended = g.attention(heads, heads, heads, { causal: true });
    const y = g.add(x, g.reshape(g.transpose(attended, [0, 2, 1, 3]), [2, 6, width]));
    const z = g.add(y, g.linear(g.silu(g.linear(g.layerNorm(y), up)), down));
    return g.crossEntropy(g.linear(g.reshape(z, [12, width]), table), targets);
  };
  return g.valueAndGrad(loss)(params);
};

const feeds = {
  params: {
    q: g.value(numbers(width * width, 1), [width, width]),
    up: g.value(numbers(2 * width * width, 2), [2 * width, width]),
    down: g.value(numbers(2 * width * width, 3), [width, 2 * width]),
    table: g.value(numbers(50 * width, 4), [50, width]),
  },
  ids: g.value(
    Array.from({ length: 12 }, (_, i) => (i * 7) % 50),
    [2, 6],
    "int64",
  ),
  targets: g.value(
    Array.from({ length: 12 }, (_, i) => (i % 4 === 0 ? -100 : (i * 11) % 50)),
    [12],
    "int64",
  ),
};

const results = [];
for (const device of ["cpu", "webgpu"] as const) {
  const compiled = await g.compile(program, { inputs, device });
  const { value, grads } = await compiled(feeds);
  results.push([value, ...Object.values(grads)].flatMap(g.numbers));
  await compiled.close();
}
const [cpu, gpu] = results as [number[], number[]];
const largest = Math.max(...cpu.map(Math.abs));
console.log(
  JSON.stringify({ loss: cpu[0], difference: Math.max(...cpu.map((x, i) => Math.abs(x - gpu[i]!))) / largest }),
);
