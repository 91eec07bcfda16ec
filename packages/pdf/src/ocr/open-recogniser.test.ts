import { CancelledError } from "@loam/core";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { characterErrorRate, wordRecall } from "../../test/character-error-rate.ts";
import { sampleImages } from "../../test/sample-images.ts";
import { openRecogniser } from "./open-recogniser.ts";
import type { RasterImage, Recogniser } from "./recogniser.ts";

/** A part of the scanned leaf of the sample paper, and what was typed there. */
const part = { left: 100, top: 890, width: 1000, height: 570 };
const typed = `15 October. First frost, minus 2 in the grass.
Straw bed still at 9 degrees below the cover.
十月二十日，晴。
收获大葱四十二公斤，其中丙床占一半。
在丁床种下大蒜一百零八瓣。
28 October. Last reading of the season.
All probes cleaned and stored in the blue tin box.`;

let recogniser: Recogniser;
let scan: Uint8Array;

beforeAll(async () => {
  recogniser = await openRecogniser({ threads: 2 });
  const leaf = await sampleImages();
  scan = await sharp(leaf.scan).extract(part).png().toBuffer();
});
afterAll(() => recogniser.close());

async function decode(picture: Sharp): Promise<RasterImage> {
  const { data, info } = await picture.removeAlpha().toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height, channels: 3 };
}

describe("a noisy, slightly skewed scan in English and Chinese", () => {
  for (const degrees of [0, 90, 180, 270]) {
    test(`turned by ${degrees}° it is read with at most 2% wrong characters, in order`, async () => {
      const image = await decode(sharp(scan).rotate(degrees));
      const lines = await recogniser.recognise(image);
      const text = lines.map((line) => line.text).join("\n");
      expect(characterErrorRate(text, typed)).toBeLessThanOrEqual(0.02);
      expect(lines.length).toBe(typed.split("\n").length);
      expect(wordRecall(text, typed)).toBeGreaterThan(0.8);
      for (const { box, confidence } of lines) {
        expect(confidence).toBeGreaterThan(0.5);
        expect(box[0] >= 0 && box[1] >= 0 && box[2] <= image.width && box[3] <= image.height).toBe(true);
      }
    });
  }

  test("the boxes lie where the words are, and the quad starts at the first letter", async () => {
    const upright = await recogniser.recognise(await decode(sharp(scan)));
    const image = await decode(sharp(scan).rotate(90));
    const turned = await recogniser.recognise(image);
    const find = (lines: typeof upright) => lines.find(({ text }) => text.includes("Straw bed"))!;
    const [x0, y0, , y1] = find(upright).box;
    const start = find(turned).quad[0];
    expect(Math.abs(start[0] - (image.width - y0))).toBeLessThan(25);
    expect(Math.abs(start[1] - x0)).toBeLessThan(25);
    expect(y1 - y0).toBeLessThan(80);
  });
});

test("calls may overlap and give what they give alone", async () => {
  const top = await decode(sharp(scan).extract({ left: 0, top: 0, width: 1000, height: 160 }));
  const bottom = await decode(sharp(scan).extract({ left: 0, top: 170, width: 1000, height: 170 }));
  const alone = [await recogniser.recognise(top), await recogniser.recognise(bottom)];
  expect(await Promise.all([recogniser.recognise(top), recogniser.recognise(bottom)])).toEqual(alone);
});

test("a blank picture and a single pixel have no text", async () => {
  expect(
    await recogniser.recognise({ data: new Uint8Array(300 * 200 * 3).fill(255), width: 300, height: 200, channels: 3 }),
  ).toEqual([]);
  expect(await recogniser.recognise({ data: new Uint8Array(4), width: 1, height: 1, channels: 4 })).toEqual([]);
});

test("an aborted signal ends the work with a CancelledError", async () => {
  const image = await decode(sharp(scan));
  await expect(recogniser.recognise(image, { signal: AbortSignal.abort() })).rejects.toThrow(CancelledError);
  const controller = new AbortController();
  const running = recogniser.recognise(image, { signal: controller.signal });
  setTimeout(() => controller.abort(), 20);
  await expect(running).rejects.toThrow(CancelledError);
});

test("data of the wrong size is refused with both sizes", async () => {
  const image: RasterImage = { data: new Uint8Array(10), width: 2, height: 2, channels: 3 };
  await expect(recogniser.recognise(image)).rejects.toThrow(/10 bytes.*2 × 2 × 3 = 12 bytes/);
});

test("no threads are refused", async () => {
  await expect(openRecogniser({ threads: 0 })).rejects.toThrow("`threads` is 0; expected a positive integer.");
});
