import { describe, expect, test } from "vitest";
import * as g from "../src/index.ts";

const x = g.input({ name: "x", dtype: "float32", shape: ["batch", 8] });
const ids = g.input({ name: "ids", dtype: "int64", shape: ["batch"] });

describe("mistakes are told while the graph is written", () => {
  const mistakes: [string, () => unknown, string][] = [
    [
      "inner axes that differ",
      () => g.matmul(x, g.ones([4, 2])),
      "matmul: got [batch, 8] × [4, 2]; expected the inner axes to be equal.",
    ],
    [
      "shapes that do not broadcast",
      () => g.add(x, g.ones([7])),
      "add: got [batch, 8] and [7]; expected shapes that broadcast",
    ],
    [
      "another number of elements",
      () => g.reshape(x, [3, -1]),
      "reshape: got [batch, 8] → [3, -1]; expected a shape of 8*batch elements.",
    ],
    [
      "mixed dtypes",
      () => g.add(x, ids),
      '`operands of add` is "float32 and int64"; expected the same dtype on both sides. Convert one with `cast`',
    ],
    [
      "an axis that is not there",
      () => g.softmax(x, { axis: 2 }),
      "`axis of softmax` is 2; expected an integer from -2 to 1.",
    ],
    [
      "indices that are not integers",
      () => g.gather(x, x),
      '`indices of gather` is "float32"; expected int64 or int32.',
    ],
    ["the gradient of a matrix", () => g.gradients(x, x), "gradients: got [batch, 8]; expected a scalar."],
    [
      "heads that do not divide",
      () => g.attention(g.ones([1, 3, 2, 4]), g.ones([1, 2, 2, 4]), g.ones([1, 2, 2, 4])),
      "attention: got q [1, 3, 2, 4]",
    ],
  ];
  test.each(mistakes)("%s", (_, make, message) => {
    expect(make).toThrow(message);
  });

  test("a dimension that no input has", async () => {
    const nowhere = () => g.zeros(["elsewhere"]);
    await expect(g.compile(nowhere, { inputs: {} })).rejects.toThrow(
      '`dimension` is "elsewhere"; expected a name that an input\'s shape has.',
    );
  });
});

describe("mistakes are told where values enter", () => {
  const spec = { inputs: { x: { dtype: "float32", shape: ["n", 2] }, y: { dtype: "float32", shape: ["n"] } } } as const;
  const program = g.compile(({ x, y }) => g.add(g.reduceSum(x, { axes: [1] }), y), spec);
  const good = { x: g.value([1, 2, 3, 4], [2, 2]), y: g.value([1, 2]) };

  test("a fixed dimension, and one name with two sizes", async () => {
    const run = await program;
    await expect(run({ ...good, x: g.value([1, 2, 3], [1, 3]) })).rejects.toThrow("x: got [1, 3]; expected [n, 2].");
    await expect(run({ ...good, y: g.value([1, 2, 3]) })).rejects.toThrow(
      "y: got [3]; expected [n]. A named dimension has one size per run: n is 2 in x.",
    );
  });

  test("a dtype, a missing and an unknown input", async () => {
    const run = await program;
    await expect(run({ ...good, y: g.value([1, 2], [2], "int64") })).rejects.toThrow(
      '`y` is "int64"; expected a float32 value.',
    );
    await expect(run({ x: good.x } as typeof good)).rejects.toThrow(
      "`y` is undefined; expected a float32 value of shape [n].",
    );
    await expect(run({ ...good, z: good.y } as typeof good)).rejects.toThrow('input "z" does not exist.');
  });

  test("a cancelled run does not start", async () => {
    const run = await program;
    await expect(run(good, { signal: AbortSignal.abort() })).rejects.toThrow("The run was cancelled.");
    expect(g.numbers((await run(good)) as g.Value)).toEqual([4, 9]);
  });

  test("a closed program says so", async () => {
    const run = await g.compile(({ x }) => g.neg(x), { inputs: { x: { dtype: "float32", shape: ["n"] } } });
    await run.close();
    await expect(run({ x: good.y })).rejects.toThrow("expected an open session");
  });

  test("NaN is reported with the tensor and the step", () => {
    const values = { loss: g.value([1], []), grads: { "layers.0.q": g.value([0, Number.NaN, 2]) } };
    expect(() => g.checkFinite(values, "step 120")).toThrow(
      "step 120: 1 of 3 numbers in grads.layers.0.q are NaN or infinite.",
    );
    expect(() => g.checkFinite({ loss: values.loss }, "step 1")).not.toThrow();
  });
});

test("a device that is missing is an error with how to get it, not another device", async () => {
  const missing = g.describeDevices().find(({ usable }) => !usable);
  if (!missing) return;
  const making = g.compile(({ x }) => g.neg(x), {
    inputs: { x: { dtype: "float32", shape: [1] } },
    device: missing.device,
  });
  await expect(making).rejects.toThrow(`The device ${missing.device} is not usable here`);
});
