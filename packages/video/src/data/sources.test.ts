import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Rng } from "@loam/core";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { motionOf } from "../judge/motion.ts";
import { Vocabulary } from "../text/vocabulary.ts";
import { trainVideo } from "../training/train.ts";
import { captionWorld } from "./caption-world.ts";
import { clipFolder } from "./clip-folder.ts";
import type { Clip } from "./clip-source.ts";
import { digitShapes } from "./digit-shapes.ts";
import { readIdx } from "./idx.ts";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "clips-"))));
afterAll(() => rm(folder, { recursive: true }));

describe("the caption world", () => {
  const world = captionWorld();
  test("every clip shows what its facts and its caption say, in both languages and all sizes", async () => {
    const rng = new Rng(5);
    const vocabulary = new Vocabulary(world);
    const scripts = new Set<string>();
    for (let i = 0; i < 60; i++) {
      const clip = await world.draw(rng, world.sizes[i % world.sizes.length]!);
      expect(() => vocabulary.encode(clip.caption), clip.caption).not.toThrow();
      scripts.add(/\p{Script=Han}/u.test(clip.caption) ? "zh" : "en");
      expect(motionOf(clip).direction, clip.caption).toBe(clip.facts!.motion);
      expect(clip.data.every((x) => x >= -1 && x <= 1)).toBe(true);
    }
    expect([...scripts].sort()).toEqual(["en", "zh"]);
    expect(vocabulary.encode("在夜里红色的圆向左移动").mask.filter(Boolean)).toHaveLength(7);
  });

  test("the same random numbers give the same clip", async () => {
    const draw = () => world.draw(new Rng(9), world.sizes[1]!);
    expect(await draw()).toEqual(await draw());
  });

  test("a model trains on all three aspects at once", async () => {
    const result = await trainVideo({
      data: {
        kind: "caption-world",
        sizes: [8, 16].flatMap((height) => [{ frames: 4, height, width: 24 - height }]),
        thing_size: 4,
        start_grid: 2,
      },
      model: { patch: [4, 8, 8], hidden: 16, depth: 1, heads: 2, mlp_ratio: 1, text_dim: 8 },
      steps: 4,
      batch_size: 2,
      output: join(folder, "world"),
    });
    expect(result.losses.last).toBeGreaterThan(0);
  });
});

describe("the wider caption world", () => {
  const size = { frames: 48, height: 36, width: 64 };
  const world = captionWorld({ sizes: [size], digits: 0.5, pans: 0.5, twoThings: 0.3 });
  /** The first clip whose caption is like this. */
  async function find(pattern: RegExp): Promise<Clip> {
    const rng = new Rng(4);
    for (let i = 0; i < 500; i++) {
      const clip = await world.draw(rng, size);
      if (pattern.test(clip.caption)) return clip;
    }
    throw new Error(`no caption like ${pattern}`);
  }

  test("captions have digits, pans and two things in both languages, and are made of its words", async () => {
    const vocabulary = new Vocabulary(world);
    for (const pattern of [
      /a \w+ \d moving/,
      /的\d向/,
      /and the camera pans (left|right|up|down)$/,
      /和镜头向.移动$/,
      /moving \w+ and a .* moving/,
    ])
      expect(vocabulary.encode((await find(pattern)).caption).mask.length).toBe(world.maxWords);
    expect(world.aspects.what).toEqual(expect.arrayContaining(["circle", "0", "9"]));
  });

  test("a pan moves the ground a pixel a frame against the camera; things stay inside for 48 frames", async () => {
    const panned = await find(/^a \w+ \w+ moving (left|right) at \w+ and the camera pans right$/);
    const row = (frame: number, from: number) =>
      Array.from({ length: 40 }, (_, x) => panned.data[frame * 3 * 36 * 64 + from + x]); // where no thing comes
    expect(row(1, 0)).toEqual(row(0, 1));
    expect(new Set(row(0, 0)).size).toBe(2);
    const moving = await find(/^a \w+ \w+ moving right at \w+$/);
    expect(motionOf(moving).x).toBeCloseTo(1 / 3, 1);
  });

  test("digits can be told apart, and a world without them is the one of before", () => {
    const pictures = Object.values(digitShapes).map(({ inside }) =>
      Array.from({ length: 49 }, (_, i) =>
        inside(((i % 7) - 3) / 3.5, (Math.floor(i / 7) - 3) / 3.5) > 0 ? 1 : 0,
      ).join(""),
    );
    expect(new Set(pictures).size).toBe(10);
    expect(captionWorld({ digits: 0, pans: 0 }).hash).toBe(captionWorld().hash);
    expect(captionWorld({ digits: 0.5 }).hash).not.toBe(captionWorld().hash);
  });
});

describe("folders of clips", () => {
  const picture = (background: string) =>
    sharp({ create: { width: 20, height: 12, channels: 3, background } })
      .png()
      .toBuffer();

  test("GIFs, pictures and folders of PNGs with captions beside or in a table; those without are counted", async () => {
    const path = join(folder, "mine");
    await mkdir(join(path, "steps"), { recursive: true });
    const [red, blue] = [await picture("#f00"), await picture("#00f")];
    await writeFile(
      join(path, "a.gif"),
      await sharp([red, blue], { join: { animated: true } })
        .gif()
        .toBuffer(),
    );
    await writeFile(join(path, "a.txt"), "Red, then blue.\n");
    await writeFile(join(path, "b.png"), red);
    await writeFile(join(path, "metadata.jsonl"), '{"file_name": "b.png", "text": "only red"}\n');
    for (const i of [0, 1]) await writeFile(join(path, "steps", `00${i}.png`), blue);
    await writeFile(join(path, "steps.txt"), "blue");
    await writeFile(join(path, "c.png"), blue);
    const source = await clipFolder({ path, size: { frames: 2, height: 8, width: 8 } });
    expect(source.describe()).toContain("3 clips");
    expect(source.describe()).toContain("1 without a caption");
    expect(source.words).toEqual(["blue", "only", "red", "then"]);
    const rng = new Rng(1);
    const seen = new Map<string, Float32Array>();
    for (let i = 0; i < 30; i++) {
      const { caption, data } = await source.draw(rng, source.sizes[0]!);
      seen.set(caption, data);
    }
    const gif = seen.get("Red, then blue.")!;
    expect([gif[0], gif[3 * 64], gif[5 * 64]].map((x) => Math.round(x!))).toEqual([1, -1, 1]); // red is on, then off and blue is
    expect(seen.size).toBe(3);
  });

  test("an empty folder and a broken IDX file say what is wrong", async () => {
    await mkdir(join(folder, "empty"));
    await expect(clipFolder({ path: join(folder, "empty"), size: { frames: 1, height: 8, width: 8 } })).rejects.toThrow(
      "holds no clip with a caption (0 without)",
    );
    await writeFile(join(folder, "bad.idx"), Buffer.from([0, 0, 8, 1, 0, 0, 0, 9, 1, 2]));
    await expect(readIdx(join(folder, "bad.idx"))).rejects.toThrow("it holds 2 values; 9 are 9");
    await writeFile(join(folder, "text.idx"), "hello");
    await expect(readIdx(join(folder, "text.idx"))).rejects.toThrow("does not begin like an IDX file");
  });
});
