import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@loam/core";
import { describe, expect, test } from "vitest";
import type { Clip, ClipSource } from "../data/clip-source.ts";
import { openJudge } from "./frame-judge.ts";
import { featureStatistics, frechetDistance } from "./frechet.ts";
import { judgeClips } from "./judge-clips.ts";
import { motionOf } from "./motion.ts";
import { trainJudge } from "./train-judge.ts";

const size = { frames: 8, height: 24, width: 24 };
const directions = { left: [-1, 0], right: [1, 0], up: [0, -1], down: [0, 1], still: [0, 0] } as const;

/** A square or a cross on a dark ground, moving one pixel a frame. */
function shapeClip(what: "square" | "cross", direction: keyof typeof directions, noise = 0, rng = new Rng(1)): Clip {
  const data = Float32Array.from({ length: 8 * 24 * 24 }, () => -1 + noise * rng.uniform());
  const [vx, vy] = directions[direction];
  for (let f = 0; f < 8; f++)
    for (let y = 0; y < 6; y++)
      for (let x = 0; x < 6; x++)
        if (what === "square" || x === 2 || x === 3 || y === 2 || y === 3)
          data[(f * 24 + 9 + y + vy * f) * 24 + 9 + x + vx * f] = 1;
  return { ...size, channels: 1, data, caption: `a ${what}`, facts: { what, motion: direction } };
}
const source: ClipSource = {
  ...{ channels: 1, sizes: [size], words: [], maxWords: 1, hash: "", describe: () => "" },
  aspects: { what: ["square", "cross"], motion: Object.keys(directions) },
  draw: (rng) => {
    const names = Object.keys(directions) as (keyof typeof directions)[];
    return shapeClip(rng.uniform() < 0.5 ? "square" : "cross", names[rng.integer(names.length)]!, 0.2, rng);
  },
};

describe("judges", () => {
  test.each(Object.keys(directions) as (keyof typeof directions)[])(
    "motion %s is seen, through speckle",
    (direction) => {
      expect(motionOf(shapeClip("cross", direction)).direction).toBe(direction);
      expect(motionOf(shapeClip("square", direction, 0.3)).direction).toBe(direction);
    },
  );

  test("a judge learns what is shown, tells its accuracy and opens again", async () => {
    const output = await mkdtemp(join(tmpdir(), "judge-"));
    try {
      const { accuracy } = await trainJudge(source, { test: source, output, steps: 200, batchSize: 16, testClips: 40 });
      expect(accuracy).toMatchObject({ motion: 1 });
      expect(accuracy.what).toBeGreaterThan(0.95);
      const judge = await openJudge(output);
      const clips = [shapeClip("square", "left"), shapeClip("cross", "up")];
      const { right, verdicts } = await judgeClips(judge, clips, [
        { what: "square", motion: "left" },
        { what: "square", motion: "up" },
      ]);
      expect(right).toEqual({ what: 0.5, motion: 1, all: 0.5 });
      expect(verdicts[1]!.facts).toEqual({ what: "cross", motion: "up" });
      await expect(judgeClips(judge, [{ ...clips[0]!, width: 12 }], [{}])).rejects.toThrow(
        "which this judge was trained on",
      );
      await judge.close();
    } finally {
      await rm(output, { recursive: true });
    }
  });

  test("Fréchet distance of known normals: ‖μ₁ - μ₂‖² + Σ(σ₁ - σ₂)² where they share axes", () => {
    const rng = new Rng(3);
    const rows = (mean: number, spread: number) =>
      Array.from({ length: 4000 }, () =>
        Float64Array.from({ length: 4 }, (_, i) => mean + spread * (i + 1) * rng.normal()),
      );
    const [a, b] = [featureStatistics(rows(0, 1)), featureStatistics(rows(1, 2))];
    expect(frechetDistance(a, a)).toBeLessThan(1e-6);
    expect(frechetDistance(a, b)).toBeCloseTo(4 + (1 + 4 + 9 + 16), -1);
    expect(Math.abs(frechetDistance(a, b) - frechetDistance(b, a))).toBeLessThan(1e-6);
  });
});
