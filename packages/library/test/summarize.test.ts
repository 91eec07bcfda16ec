import { loadConfig } from "@loam/core";
import { openUseLite } from "@loam/models";
import { openModels } from "@loam/providers";
import { type ChatQuestion, type OpenAIServer, startOpenAIServer } from "@loam/providers/testing";
import { openStore } from "@loam/store";
import { storeEngines } from "@loam/store/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writePdf } from "../../pdf/test/write-pdf.ts";
import { type Library, openLibrary, summarize } from "../src/index.ts";
import { partOf, statesMeasured } from "../src/summarize/parts.ts";

const paper = await writePdf([
  [
    "# The Tower and its Lamp",
    "Abstract. We describe a tower of granite whose lamp runs on a solar battery, and measure how far it is seen.",
    "# 1 Introduction",
    "Towers guide ships along the northern coast, and most of them burn oil that has to be carried up by hand. We ask whether a solar battery can carry the lamp of a tower through a winter night.",
    "# 2 Methods",
    "We measured the brightness of the lamp every night of one winter with a calibrated sensor on a boat. The battery stores 18 kilowatt hours and was charged by panels on the southern wall of the tower.",
  ],
  [
    "# 3 Results",
    "The lamp was seen from 31 kilometres on clear nights, which is farther than any oil lamp of the coast. The battery lasted through 88 of the 90 nights that were measured in that winter.",
    "# 4 Conclusion",
    "A solar battery can carry the lamp of a tower through a northern winter at a third of the cost of oil. Two nights without light remain to be bridged by a second battery.",
  ],
]);

/** Eight chapters of about a hundred tokens each, more than one small request holds. */
const longPaper = await writePdf(
  Array.from({ length: 8 }, (_, i) => [
    `# ${i + 1} Chapter`,
    `In year ${1900 + i} the keeper of the tower counted ${100 + 7 * i} ships and wrote each of them down with the hour, the wind and the state of the sea, as the rules of the coast asked of every keeper at that time. The lamp burned for ${2000 + i} hours in that year, and the oil came up the stairs by hand, one can after the other, whatever the weather was.`,
  ]),
);

test.each([
  ["Our method reaches an F1 of 91.4 %, 3.2 points above the best earlier one.", true],
  ["The battery lasted through 88 of the 90 nights that were measured.", true],
  ["准确率达到93.5%，比基线提高了4个百分点。", true],
  ["The estimates did not differ significantly (p = 0.34).", true],
  ["Resampling was introduced long ago (Efron 1979).", false],
  ["Chapter 3 shows how the estimator is computed.", false],
  ["本文介绍三种方法的使用。", false],
])("%j states what was measured: %s", (text, is) => {
  expect(statesMeasured({ text })).toBe(is);
});

test("what a sentence tells is known from its section and its words", () => {
  const part = (text: string, role: Parameters<typeof partOf>[0]["role"]) => partOf({ text, role });
  expect(part("However, oil has to be carried up by hand.", "introduction")).toBe("problem");
  expect(part("We propose a solar battery for the lamp.", "introduction")).toBe("method");
  expect(part("The battery lasted through 88 of 90 nights.", "results")).toBe("result");
  expect(part("A battery can carry the lamp of a tower.", "conclusion")).toBe("conclusion");
  expect(part("本文提出一种新的算法。", "introduction")).toBe("method");
  expect(part("现有方法难以处理长文本。", "introduction")).toBe("problem");
});

describe("summaries", () => {
  let server: OpenAIServer;
  let library: Library;
  let document: string;
  let models: Awaited<ReturnType<typeof openModels>>;
  let stop: () => Promise<void>;
  const asked: ChatQuestion[] = [];
  let answer: (question: ChatQuestion) => string = () => "";

  beforeAll(async () => {
    server = await startOpenAIServer({
      answer: (question) => {
        asked.push(question);
        return answer(question);
      },
    });
    const engine = await storeEngines()[0]!.start();
    const store = await openStore(await engine.newStore());
    const embed = await openUseLite();
    const { config } = await loadConfig({
      env: { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: "test", LOAM_CHAT_MODEL: "openai:test-chat" },
      userFile: "/nonexistent/config.json",
    });
    models = await openModels(config, { embed });
    library = await openLibrary({ store, models });
    document = (await library.add({ name: "tower.pdf", bytes: paper })).id;
    stop = async () => {
      await library.close();
      await embed.close();
      await store.close();
      await engine.stop();
      await server.close();
    };
  });
  afterAll(() => stop?.());

  /** The number under which the evidence that holds `words` was given; 0 when this part does not hold it. */
  const numberOf = ({ text }: ChatQuestion, words: string): number => {
    const at = text.indexOf(words);
    return at < 0
      ? 0
      : Number(
          text
            .slice(0, at)
            .match(/\[(\d+)\]/g)!
            .at(-1)!
            .slice(1, -1),
        );
  };

  test("without a chat model: sentences of the paper in their order, each with page and box, within the words asked for", async () => {
    const summary = await summarize(library, document, { words: 60 }).result;
    expect(summary).toMatchObject({ mode: "extractive", strategy: "extractive", unsupported: 0 });
    expect(summary.words).toBeLessThanOrEqual(80);
    expect(summary.sentences.length).toBeGreaterThan(1);
    const pages = summary.sentences.map(({ citations }) => citations[0]!.page);
    expect(pages).toEqual([...pages].sort());
    for (const { citations } of summary.sentences) expect(citations[0]!.box[2]).toBeGreaterThan(citations[0]!.box[0]);
  });

  test("a summary has a place for what was measured, and a tenth more or less of the words asked for", async () => {
    const { sentences, words } = await summarize(library, document, { words: 100 }).result;
    expect(sentences.some(statesMeasured)).toBe(true);
    expect(words).toBeGreaterThanOrEqual(90);
    expect(words).toBeLessThanOrEqual(110);
  });

  test("the paper's own abstract is found and left out of the input", async () => {
    const { reference, summary } = await summarize(library, document, { words: 100, reference: "abstract" }).result;
    expect(reference).toMatchObject({ page: 1, text: expect.stringContaining("We describe a tower of granite") });
    expect(summary).not.toContain("We describe a tower of granite");
  });

  test("a chat model writes it, and its evidence numbers become pages; an invented one is removed and counted", async () => {
    answer = (q) =>
      `The lamp was seen from 31 kilometres [${numberOf(q, "31 kilometres")}]. Oil costs three times as much [999].`;
    const stream = summarize(library, document, { chat: models.chat });
    let deltas = "";
    for await (const event of stream) if (event.type === "delta") deltas += event.text;
    const summary = await stream.result;
    expect(summary).toMatchObject({ mode: "generated", strategy: "whole", unsupported: 1, removedCitations: 1 });
    expect(summary.sentences[0]!.citations[0]).toMatchObject({ page: 2, kind: "text" });
    expect(deltas).not.toContain("[");
  });

  test("a paper that is too long for one request is read in parts, and the notes keep their numbers", async () => {
    const { id } = await library.add({ name: "long.pdf", bytes: longPaper });
    asked.length = 0;
    answer = (q) => {
      const number = (/107 ships \[(\d+)\]/.exec(q.text) ?? /\[(\d+)\][^[]*107 ships/s.exec(q.text))?.[1];
      return number ? `The keeper counted 107 ships [${number}].` : "The keeper counted ships.";
    };
    const summary = await summarize(library, id, { chat: models.chat, contextTokens: 500, words: 50 }).result;
    expect(summary.strategy).toBe("map-reduce");
    expect(summary.parts).toBeGreaterThan(1);
    expect(asked.length).toBeGreaterThan(summary.parts);
    expect(summary.sentences[0]!.citations[0]).toMatchObject({ page: 2 });
  });

  test("a cancelled summary ends with an error", async () => {
    const controller = new AbortController();
    controller.abort();
    await expect(summarize(library, document, { chat: models.chat, signal: controller.signal }).result).rejects.toThrow(
      /cancelled|abort/i,
    );
  });

  test("a document with nothing to summarise is refused", async () => {
    const { id } = await library.add({ name: "short.pdf", bytes: await writePdf([["Only this."]]) });
    await expect(summarize(library, id).result).rejects.toMatchObject({ code: "document_too_short" });
  });
});
