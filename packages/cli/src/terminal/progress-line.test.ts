import { expect, test } from "vitest";
import { describeProgress, progressLine } from "./progress-line.ts";

const event = { task: "ingest", label: "paper.pdf", unit: "page", total: 40 };

test("progress reads like a sentence, with the time that is left", () => {
  expect(describeProgress({ ...event, done: 12, etaMs: 61_000 })).toBe("paper.pdf: page 12 of 40, 30%, 1:01 left");
  expect(describeProgress({ ...event, done: 40, etaMs: 0 })).toBe("paper.pdf: page 40 of 40, 100%");
  expect(describeProgress({ task: "download", unit: "byte", done: 7, message: "retrying" })).toBe(
    "download: byte 7, retrying",
  );
  expect(describeProgress({ ...event, done: 10, etaMs: 3_725_000 }, { bar: 20 })).toBe(
    "█████░░░░░░░░░░░░░░░ paper.pdf: page 10 of 40, 25%, 1:02:05 left",
  );
});

test("a terminal has one line that is redrawn and taken away", () => {
  let time = 0;
  let text = "";
  const line = progressLine({ isTTY: true, columns: 30, write: (piece) => !!(text += piece) }, { now: () => time });
  line.show({ ...event, done: 1 });
  time = 50;
  line.show({ ...event, done: 2 });
  time = 200;
  line.show({ ...event, done: 20 });
  line.clear();
  line.clear();
  expect(text).toBe("\r\x1b[2K░░░░░░░░░░ paper.pdf: page 1…\r\x1b[2K█████░░░░░ paper.pdf: page 2…\r\x1b[2K");
});

test("a log has a line after two seconds, then one every ten; a short job leaves none", () => {
  let time = 0;
  const lines: string[] = [];
  const line = progressLine({ write: (piece) => !!lines.push(piece as string) }, { now: () => time });
  for (time = 0; time < 25_000; time += 500) line.show({ ...event, done: time / 1000 });
  line.clear();
  expect(lines).toEqual([
    "paper.pdf: page 2 of 40, 5%\n",
    "paper.pdf: page 12 of 40, 30%\n",
    "paper.pdf: page 22 of 40, 55%\n",
  ]);
});
