import { expect, test } from "vitest";
import { filmColumns } from "./film.ts";
import { readAttentionSearch, readGridSearch, readNumbers, readVideoSearch } from "./video-search.ts";

test.each([
  ["1, 2,5-7", [1, 2, 5, 6, 7]],
  ["3 3 3", [3]],
  ["1.5，3", [1.5, 3]],
  ["1-100", [1, 2, 3, 4, 5, 6, 7, 8]],
  ["-4, x", []],
])("%s is %j", (text, numbers) => {
  expect(readNumbers(text)).toEqual(numbers);
});

test("a link says what was asked, and nothing that is no number", () => {
  expect(readVideoSearch({ prompt: "a 3", seed: "7", guidance: "x", steps: "16" })).toEqual({
    prompt: "a 3",
    seed: 7,
    steps: 16,
  });
  expect(readGridSearch({ prompt: "a 3", seeds: "1-3", guidances: "none" })).toEqual({ prompt: "a 3", seeds: "1-3" });
});

test("a film strip has as many columns as frames of the clip's shape fit into it", () => {
  expect(filmColumns({ width: 32 * 16, height: 64 }, "32x32")).toBe(16);
  expect(filmColumns({ width: 64 * 3, height: 72 }, "640x360")).toBe(3);
});

test("a link to attention holds a patch, a layer and a time that there can be", () => {
  expect(readAttentionSearch({ clip: "video_1", patch: "3", block: 0, time: "0.5" })).toEqual({
    clip: "video_1",
    patch: 3,
    block: 0,
    time: 0.5,
  });
  expect(readAttentionSearch({ patch: "-1", block: "x", time: 7 })).toEqual({});
});
