import { expect, test } from "vitest";
import type { Block, Figure } from "../../document.ts";
import { takeCaptionAhead } from "./caption-ahead.ts";
import { linkMentions, sentencesOf } from "./mentions.ts";

const paragraph: Block = {
  kind: "paragraph",
  text: "Accuracy grows with size, as Fig. 2 shows. The table is left out. 图 2 也说明了这一点。",
  box: [50, 100, 290, 136],
  lines: [
    { text: "Accuracy grows with size,", box: [50, 100, 290, 110] },
    { text: "as Fig. 2 shows. The table is", box: [50, 112, 290, 122] },
    { text: "left out. 图 2 也说明了这一点。", box: [50, 124, 290, 136] },
  ],
};

test("abbreviations do not end a sentence, and each sentence is boxed by its lines", () => {
  expect(sentencesOf(paragraph)).toEqual([
    { text: "Accuracy grows with size, as Fig. 2 shows.", box: [50, 100, 290, 122] },
    { text: "The table is left out.", box: [50, 112, 290, 136] },
    { text: "图 2 也说明了这一点。", box: [50, 124, 290, 136] },
  ]);
});

test("a figure learns the sentences that refer to it, however its label is written", () => {
  const figure: Figure = {
    id: "p2-f1",
    page: 2,
    kind: "drawing",
    box: [0, 0, 1, 1],
    label: "Figure 2",
    mentions: [],
    innerText: "",
  };
  linkMentions([
    { number: 1, blocks: [paragraph], figures: [] },
    { number: 2, blocks: [], figures: [figure] },
  ]);
  expect(figure.mentions.map(({ page, text }) => [page, text])).toEqual([
    [1, "Accuracy grows with size, as Fig. 2 shows."],
    [1, "图 2 也说明了这一点。"],
  ]);
});

test("a caption that opens a page belongs to the figure that closes the page before, and to no other", () => {
  const figure = (box: Figure["box"]): Figure => ({
    ...{ id: "p1-f1", page: 1, kind: "drawing", box, mentions: [], innerText: "" },
  });
  const block = (kind: Block["kind"], text: string, y: number): Block => ({
    ...{ kind, text, box: [50, y, 300, y + 12], lines: [] },
  });
  const next = {
    blocks: [block("caption", "Figure 8: Trees felled.", 70), block("paragraph", "More.", 90)],
    figures: [],
  };
  const last = figure([50, 200, 300, 400]);
  expect(takeCaptionAhead({ blocks: [block("paragraph", "Text.", 100)], figures: [last] }, next)).toBe(last);
  expect(last).toMatchObject({ label: "Figure 8", caption: "Figure 8: Trees felled." });
  const followed = { blocks: [block("paragraph", "Text.", 450)], figures: [figure([50, 200, 300, 400])] };
  expect(takeCaptionAhead(followed, next)).toBeUndefined();
  const served = { ...next, figures: [{ ...figure([50, 90, 300, 200]), label: "Figure 8" }] };
  expect(takeCaptionAhead({ blocks: [], figures: [figure([50, 200, 300, 400])] }, served)).toBeUndefined();
});
