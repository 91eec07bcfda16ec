import { add, conv3d, flatten, gradients, matmul, mul, reduceSum, reshape, rope, transpose } from "@loam/graph";
import { describe, expect, test } from "vitest";
import { type PatchGrid, type PatchSize, patchGrid, patchify, unpatchify } from "../src/patches/patchify.ts";
import {
  gridPositions,
  quarterShares,
  rope3d,
  ropeTensors,
  sincos3d,
  windowPositions,
} from "../src/patches/positions.ts";
import { evaluate, expectClose, Golden } from "./golden.ts";

const numbersIn = (text: string): number[] => text.split(/[x,]/).map(Number);

describe("video-patches", async () => {
  const golden = await Golden.read("video", "video-patches.safetensors");
  const cases = [...golden.tensors.keys()].filter((name) => name.endsWith(".x")).map((name) => name.slice(0, -2));

  test.each(cases)("%s is cut and put together as recorded", async (key) => {
    const [, clip, size] = /^([\dx]+)\.patch([\dx]+)$/.exec(key)!;
    const [, frames, channels, height, width] = numbersIn(clip!) as [number, number, number, number, number];
    const patch = numbersIn(size!) as unknown as PatchSize;
    const grid = patchGrid({ frames, height, width }, patch);
    const get = (name: string) => golden.get(`${key}.${name}`);
    const results = await evaluate(
      { x: get("x"), kernel: get("conv.weight"), bias: get("conv.bias") },
      ({ x, kernel, bias }) => {
        const tokens = patchify(x!, patch);
        const first = patchify(x!, patch, { order: "channels-first" });
        const convolved = conv3d(transpose(x!, [0, 2, 1, 3, 4]), kernel!, bias, { stride: patch });
        return {
          tokens,
          tokens_channels_first: first,
          x: unpatchify(tokens, { patch, grid, channels }),
          "conv.tokens": transpose(flatten(convolved, { from: 2 }), [0, 2, 1]),
          product: add(matmul(first, flatten(kernel!, { from: 1 }), { transposeB: true }), bias!),
        };
      },
    );
    for (const [name, result] of Object.entries(results))
      expectClose(result, get(name === "product" ? "conv.tokens" : name), { what: name });
  });

  test("a size that cannot be cut names the nearest that can", () => {
    expect(() => patchGrid({ frames: 7, height: 8, width: 8 }, [2, 4, 4])).toThrow(
      "`frames` is 7; expected a positive multiple of 2. The nearest are 6 and 8.",
    );
  });
});

describe("video-positions", async () => {
  const golden = await Golden.read("video", "video-positions.safetensors");
  const names = [...golden.tensors.keys()];
  const gridOf = (text: string) => numbersIn(text) as unknown as PatchGrid;

  test.each(names.filter((name) => name.startsWith("sincos.")))("%s", (name) => {
    const [, width, grid, , spatial, temporal] =
      /^sincos\.dim(\d+)\.([\dx]+)(\.spatial([\d.]+)\.temporal([\d.]+))?$/.exec(name)!;
    const scale = [1 / Number(temporal ?? 1), 1 / Number(spatial ?? 1), 1 / Number(spatial ?? 1)] as const;
    const table = sincos3d(gridPositions(gridOf(grid!), { scale }), Number(width));
    expect(table.shape).toEqual(golden.shape(name));
    expectClose(table.data, golden.get(name), { what: name });
  });

  test.each(names.filter((name) => name.endsWith(".cos")).map((name) => name.slice(0, -4)))("%s", async (key) => {
    const [, width, grid, , window] = /^rope\.dim(\d+)\.([\dx]+)(\.window(.+))?$/.exec(key)!;
    const shares = quarterShares(Number(width));
    const positions = window
      ? windowPositions(gridOf(grid!), numbersIn(window) as unknown as [number, number, number, number])
      : gridPositions(gridOf(grid!));
    const tables = rope3d(positions, shares);
    // Recorded with every angle twice in a row.
    const twice = (data: Float32Array) => Array.from(data).flatMap((x) => [x, x]);
    expectClose(twice(tables.cos.data), golden.get(`${key}.cos`), { what: "cos" });
    expectClose(twice(tables.sin.data), golden.get(`${key}.sin`), { what: "sin" });
    if (!golden.has(`${key}.q`)) return;
    const results = await evaluate({ q: golden.get(`${key}.q`), dy: golden.get(`${key}.grad_output`) }, ({ q, dy }) => {
      const rotated = rope(q!, ropeTensors(tables), { pairing: "adjacent" });
      return { rotated, ...gradients(reshape(reduceSum(mul(rotated, dy!)), []), { grad_q: q! }) };
    });
    for (const [name, result] of Object.entries(results))
      expectClose(result, golden.get(`${key}.${name}`), { what: name });
  });
});
