import { createHash } from "node:crypto";
import { InputError, type Rng } from "@loam/core";
import type { ClipSize } from "../patches/patchify.ts";
import type { Clip, ClipSource } from "./clip-source.ts";

type Colour = readonly [red: number, green: number, blue: number];
type Word = { en: string; zh: string };

/** How far a point (x, y), in half sides from the middle, lies inside a shape; 0 is its edge. */
type Inside = (x: number, y: number) => number;

const shapes: Record<string, Word & { inside: Inside }> = {
  circle: { en: "circle", zh: "圆", inside: (x, y) => 1 - Math.hypot(x, y) },
  square: { en: "square", zh: "方块", inside: (x, y) => 0.9 - Math.max(Math.abs(x), Math.abs(y)) },
  triangle: { en: "triangle", zh: "三角", inside: (x, y) => Math.min(0.85 - y, (y + 1) / 2 - Math.abs(x)) },
  cross: {
    en: "cross",
    zh: "十字",
    inside: (x, y) => Math.min(1 - Math.max(Math.abs(x), Math.abs(y)), 0.36 - Math.min(Math.abs(x), Math.abs(y))),
  },
  ring: { en: "ring", zh: "环", inside: (x, y) => Math.min(1 - Math.hypot(x, y), Math.hypot(x, y) - 0.55) },
};

const colours: Record<string, Word & { rgb: Colour }> = {
  red: { en: "red", zh: "红色", rgb: [0.9, 0.1, 0.1] },
  green: { en: "green", zh: "绿色", rgb: [0.1, 0.75, 0.2] },
  blue: { en: "blue", zh: "蓝色", rgb: [0.15, 0.3, 1] },
  yellow: { en: "yellow", zh: "黄色", rgb: [1, 0.9, 0.1] },
  purple: { en: "purple", zh: "紫色", rgb: [0.65, 0.2, 0.85] },
  white: { en: "white", zh: "白色", rgb: [1, 1, 1] },
};

const motions: Record<string, Word & { velocity: readonly [x: number, y: number] }> = {
  left: { en: "left", zh: "向左", velocity: [-1, 0] },
  right: { en: "right", zh: "向右", velocity: [1, 0] },
  up: { en: "up", zh: "向上", velocity: [0, -1] },
  down: { en: "down", zh: "向下", velocity: [0, 1] },
};

const grounds: Record<string, Word & { rgb: Colour }> = {
  night: { en: "night", zh: "夜里", rgb: [0.02, 0.02, 0.08] },
  grass: { en: "grass", zh: "草上", rgb: [0.05, 0.22, 0.08] },
  sand: { en: "sand", zh: "沙上", rgb: [0.4, 0.33, 0.2] },
};

export interface CaptionWorldOptions {
  sizes?: readonly ClipSize[];
  /** Side of a thing, in pixels. */
  thingSize?: number;
  /** Things start on multiples of this. */
  startGrid?: number;
  languages?: readonly ("en" | "zh")[];
  /** Share of the clips that show two things. */
  twoThings?: number;
}

const defaultSizes: readonly ClipSize[] = [
  { frames: 16, height: 32, width: 32 },
  { frames: 16, height: 24, width: 40 },
  { frames: 16, height: 40, width: 24 },
];

interface Thing {
  shape: string;
  colour: string;
  motion: string;
}

/**
 * A world that Loam draws itself: things of a shape and a colour that move one pixel a frame over a ground, told in English or
 * Chinese. It needs no data file, and every clip knows what it shows.
 */
export function captionWorld({
  sizes = defaultSizes,
  thingSize = 14,
  startGrid = 8,
  languages = ["en", "zh"],
  twoThings = 0,
}: CaptionWorldOptions = {}): ClipSource {
  const everyWord = [shapes, colours, motions, grounds].flatMap((table) => Object.values(table) as Word[]);
  const glue = { en: ["a", "moving", "at", "and"], zh: ["在", "移动", "和", "的"] };
  const words = languages.flatMap((language) => [...glue[language], ...everyWord.map((word) => word[language])]);

  /** Where a thing can start to stay inside the picture all the time. */
  const starts = (motion: string, { frames, height, width }: ClipSize): [x: number, y: number][] => {
    const along = (length: number, velocity: number) => {
      const fits: number[] = [];
      for (let at = 1; at + thingSize <= length; at += startGrid) {
        const end = at + velocity * (frames - 1);
        if (end >= 0 && end + thingSize <= length) fits.push(at);
      }
      return fits;
    };
    const [vx, vy] = motions[motion]!.velocity;
    return along(width, vx).flatMap((x) => along(height, vy).map((y): [number, number] => [x, y]));
  };

  const pick = (rng: Rng, table: object): string => Object.keys(table)[rng.integer(Object.keys(table).length)]!;

  return {
    channels: 3,
    sizes,
    words: [...new Set(words)],
    maxWords: 14,
    hash: createHash("sha256")
      .update(JSON.stringify([sizes, thingSize, startGrid, languages, twoThings, words]))
      .digest("hex"),
    aspects: {
      what: Object.keys(shapes),
      colour: Object.keys(colours),
      ground: Object.keys(grounds),
      motion: Object.keys(motions),
    },
    describe: () =>
      `a world of ${Object.keys(shapes).length} shapes in ${Object.keys(colours).length} colours, drawn on the way`,
    draw(rng, size): Clip {
      const possible = Object.keys(motions).filter((motion) => starts(motion, size).length > 0);
      if (possible.length === 0)
        throw new InputError(
          "bad_clip_size",
          `Nothing of ${thingSize} pixels can move for ${size.frames} frames inside ${size.width}×${size.height}.`,
          { hint: "take fewer frames or a larger size" },
        );
      const ground = pick(rng, grounds);
      const count = rng.uniform() < twoThings ? 2 : 1;
      const things = Array.from({ length: count }, (): Thing & { at: [number, number] } => {
        const motion = possible[rng.integer(possible.length)]!;
        const places = starts(motion, size);
        return {
          shape: pick(rng, shapes),
          colour: pick(rng, colours),
          motion,
          at: places[rng.integer(places.length)]!,
        };
      });
      const data = paint(size, grounds[ground]!.rgb, things, thingSize);
      const language = languages[rng.integer(languages.length)]!;
      const { shape, colour, motion } = things[0]!;
      return {
        ...{ ...size, channels: 3, data, caption: captionOf(things, ground, language) },
        facts: { what: shape, colour, ground, motion },
      };
    },
  };
}

function captionOf(things: readonly Thing[], ground: string, language: "en" | "zh"): string {
  const each = things.map(({ shape, colour, motion }) => {
    const [what, tint, way] = [shapes[shape]!, colours[colour]!, motions[motion]!];
    return language === "en" ? `a ${tint.en} ${what.en} moving ${way.en}` : `${tint.zh}的${what.zh}${way.zh}移动`;
  });
  return language === "en"
    ? `${each.join(" and ")} at ${grounds[ground]!.en}`
    : `在${grounds[ground]!.zh}${each.join("和")}`;
}

/** Things over a ground, their edges softened over a pixel; the first one lies on top. */
function paint(
  { frames, height, width }: ClipSize,
  ground: Colour,
  things: readonly (Thing & { at: readonly [number, number] })[],
  thingSize: number,
): Float32Array {
  const plane = height * width;
  const data = new Float32Array(frames * 3 * plane);
  for (let f = 0; f < frames; f++) {
    for (let c = 0; c < 3; c++) data.fill(2 * ground[c]! - 1, (f * 3 + c) * plane, (f * 3 + c + 1) * plane);
    for (const { shape, colour, motion, at } of things.toReversed()) {
      const [vx, vy] = motions[motion]!.velocity;
      const [left, top] = [at[0] + vx * f, at[1] + vy * f];
      for (let y = 0; y < thingSize; y++)
        for (let x = 0; x < thingSize; x++) {
          const half = thingSize / 2;
          const depth = shapes[shape]!.inside((x + 0.5 - half) / half, (y + 0.5 - half) / half) * half;
          const cover = Math.max(0, Math.min(1, depth + 0.5));
          const place = (top + y) * width + left + x;
          for (let c = 0; c < 3; c++) {
            const index = (f * 3 + c) * plane + place;
            data[index] = cover * (2 * colours[colour]!.rgb[c]! - 1) + (1 - cover) * data[index]!;
          }
        }
    }
  }
  return data;
}
