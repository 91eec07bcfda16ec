import { describe, expect, test } from "vitest";
import { Rng } from "./rng.ts";

describe("Rng", () => {
  test("the same seed gives the same numbers, another seed others", () => {
    const draw = (seed: number) =>
      Array.from(
        { length: 8 },
        (
          (rng) => () =>
            rng.uint32()
        )(new Rng(seed)),
      );
    expect(draw(42)).toEqual(draw(42));
    expect(draw(42)).not.toEqual(draw(43));
  });

  test("a restored generator goes on where the saved one stood, in the middle of a normal pair too", () => {
    const rng = new Rng(7);
    rng.normal();
    const copy = Rng.restore(rng.save());
    expect([copy.normal(), copy.uniform(), copy.integer(10)]).toEqual([rng.normal(), rng.uniform(), rng.integer(10)]);
  });

  test("normal numbers have mean 0 and variance 1", () => {
    const rng = new Rng(1);
    const n = 50_000;
    const x = Array.from({ length: n }, () => rng.normal());
    const mean = x.reduce((a, b) => a + b) / n;
    const variance = x.reduce((a, b) => a + (b - mean) ** 2, 0) / n;
    expect(Math.abs(mean)).toBeLessThan(0.02);
    expect(Math.abs(variance - 1)).toBeLessThan(0.03);
  });

  test("shuffle keeps every item", () => {
    const items = Array.from({ length: 100 }, (_, i) => i);
    const shuffled = new Rng(3).shuffle(items);
    expect(shuffled).not.toEqual(items);
    expect([...shuffled].sort((a, b) => a - b)).toEqual(items);
  });

  test("a seed that is no integer is refused with what to use", () => {
    expect(() => new Rng(1.5)).toThrow("`seed` is 1.5; expected an integer. Use for example 42.");
  });
});
