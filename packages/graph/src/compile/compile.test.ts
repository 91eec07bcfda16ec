import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, expectTypeOf, test } from "vitest";
import * as g from "../index.ts";

const folder = mkdtempSync(join(tmpdir(), "loam-compile-"));
process.env.LOAM_CACHE = join(folder, "cache");
afterAll(() => rmSync(folder, { recursive: true }));

const numbers = (count: number) => Float32Array.from({ length: count }, (_, i) => Math.sin(i));

describe("frozen weights", () => {
  const file = join(folder, "weights.bin");
  const data = numbers(8 * 8);
  writeFileSync(file, Buffer.concat([Buffer.from("a header of odd length!"), new Uint8Array(data.buffer)]));
  const mapped = () =>
    g.weight({ name: "x", dtype: "float32", shape: [8, 8], source: { file, offsetBytes: 23, lengthBytes: 256 } });

  test("are read where they lie in a file, also at an odd offset, and beside an input of the same name", async () => {
    const program = await g.compile(({ x }) => ({ x: g.add(mapped(), x) }), {
      inputs: { x: { dtype: "float32", shape: [] } },
    });
    const { x } = await program({ x: g.value([1], []) });
    expect(g.numbers(x)).toEqual(Array.from(data, (value) => Math.fround(value + 1)));
    await program.close();
  });

  test("that lie beyond the end of their file are refused when the graph is opened", async () => {
    const beyond = g.weight({
      name: "w",
      dtype: "float32",
      shape: [8, 8],
      source: { file, offsetBytes: 64, lengthBytes: 256 },
    });
    await expect(
      g.compile(({ x }) => g.add(beyond, x), { inputs: { x: { dtype: "float32", shape: [] } } }),
    ).rejects.toThrow();
  });
});

test("a graph from the cache gives the same numbers, and another graph is not taken for it", async () => {
  const tower = (slope: number) => async () => {
    const program = await g.compile(
      ({ x }) => {
        let y = x;
        for (let i = 0; i < 120; i++) y = g.add(g.tanh(g.mul(y, slope)), x);
        return { y };
      },
      { inputs: { x: { dtype: "float32", shape: ["n"] } } },
    );
    const { y } = await program({ x: g.value(numbers(5)) });
    await program.close();
    return g.numbers(y);
  };
  const [first] = await Promise.all([tower(0.5)(), tower(0.5)()]); // both write the same entry
  const graphs = () => readdirSync(join(folder, "cache", "graphs")).length;
  expect(graphs()).toBe(1);
  expect(await tower(0.5)()).toEqual(first);
  expect(graphs()).toBe(1);
  expect(await tower(0.25)()).not.toEqual(first);
  expect(graphs()).toBe(2);
});

test("a graph that would need more memory than the limit is refused before it is opened", async () => {
  const inputs = { x: { dtype: "float32", shape: [500, 500] } } as const;
  const compile = (memoryLimitBytes: number) =>
    g.compile(({ x }) => g.exp(g.matmul(x, x)), { inputs, name: "big", memoryLimitBytes });
  await expect(compile(2e6)).rejects.toThrow(
    "big needs about 3.0 MB (weights 0.0 MB, inputs 1.0 MB, results on the way 2.0 MB), but the limit is 2.0 MB.",
  );
  await (await compile(4e6)).close();
});

test("a program takes and gives values in the shape of its trees, also of nested ones", async () => {
  const program = await g.compile(
    ({ x, layers: [first, second], more }) => ({ y: g.matmul(g.matmul(x, first.w), second.w), all: [more.a, more.b] }),
    {
      inputs: {
        x: { dtype: "float32", shape: ["n", 2] },
        layers: [{ w: { dtype: "float32", shape: [2, 2] } }, { w: { dtype: "float32", shape: [2, 2] } }],
        more: { a: { dtype: "float32", shape: [1] }, b: { dtype: "float32", shape: [1] } },
      },
    },
  );
  type Taken = Parameters<typeof program>[0];
  expectTypeOf<Taken["x"]>().toEqualTypeOf<g.Value>();
  expectTypeOf<Taken["layers"][1]>().toEqualTypeOf<{ readonly w: g.Value }>();
  expectTypeOf<Taken["more"]["a"]>().toEqualTypeOf<g.Value>();
  const one = g.value([1, 0, 0, 1], [2, 2]);
  const [a, b] = [g.value([3], [1]), g.value([4], [1])];
  const result = await program({ x: g.value([5, 6], [1, 2]), layers: [{ w: one }, { w: one }], more: { a, b } });
  expectTypeOf(result).toEqualTypeOf<{ y: g.Value; all: g.Value[] }>();
  expect([g.numbers(result.y), result.all.map(g.numbers)]).toEqual([
    [5, 6],
    [[3], [4]],
  ]);
  // @ts-expect-error: what is not an input is refused where it is written down
  await expect(program({ x: one })).rejects.toThrow();
  await program.close();
});
