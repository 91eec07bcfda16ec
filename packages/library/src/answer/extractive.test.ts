import type { Embedder } from "@loam/models";
import { expect, test } from "vitest";
import type { Evidence, Passage } from "./evidence.ts";
import { extractAnswer } from "./extractive.ts";

const embedder: Pick<Embedder, "countTokens" | "embed"> = {
  countTokens: (text) => text.length,
  embed: async (texts) => texts.map(() => Float32Array.of(1)),
};
const caption = "Figure 3. Soil moisture at 12 cm, weekly means around the dry spell.";
const passage = (text: string, more: Partial<Passage> = {}): Passage => ({
  ...{ text, context: "", kind: "figure", label: "Figure 3", figure: "p2-f2" },
  ...{ places: [{ page: 2, box: [0, 0, 1, 1] }], ...more },
});
const labels = passage("dry spell · 31.7 · Compost · Clover · 3 · week", { labels: true, header: caption });
const evidence = [
  {
    hit: { document: "doc", chunk: { text: `${caption}\n${labels.text}`, headings: [], figure: "p2-f2" } },
    passages: [passage(caption), labels],
  },
] as unknown as Evidence[];

test.each([
  ["What does Figure 3 show?", [caption]],
  ["图3显示了什么？", [caption]],
  ["Is Clover in Figure 3?", [labels.text]],
])("labels of a drawing answer only for a word that stands in them: %s", async (question, expected) => {
  const idf = () => ({ weight: 1, known: true });
  const { chosen } = await extractAnswer(question, evidence, { embedder: embedder as Embedder, idf });
  expect(chosen.slice(0, expected.length).map(({ passage }) => passage.text)).toEqual(expected);
  if (expected[0] === caption) expect(chosen).toHaveLength(1);
});
