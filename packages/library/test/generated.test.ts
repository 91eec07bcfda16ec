import { loadConfig } from "@loam/core";
import { openUseLite } from "@loam/models";
import { openModels } from "@loam/providers";
import {
  type ChatQuestion,
  type OpenAIServer,
  type Answer as ScriptedAnswer,
  startOpenAIServer,
} from "@loam/providers/testing";
import { openStore, type Store } from "@loam/store";
import { storeEngines } from "@loam/store/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writePdf } from "../../pdf/test/write-pdf.ts";
import { type AnswerEvent, type Library, type LibraryModels, openLibrary } from "../src/index.ts";

const tower = await writePdf([
  ["# The Tower", "The tower was finished in 1874 by Ida Morell. It is 38 metres high and built of granite."],
  ["# The Lamp", "The lamp is powered by a solar battery of 18 kilowatt hours. It turns once in nine seconds."],
]);

describe("answers by a chat model", () => {
  let server: OpenAIServer;
  let models: LibraryModels;
  let library: Library;
  let store: Store;
  let stop: () => Promise<void>;
  const asked: ChatQuestion[] = [];
  /** What the model answers next; the last one stays. */
  let answers: ((question: ChatQuestion) => string | ScriptedAnswer)[] = [];

  beforeAll(async () => {
    server = await startOpenAIServer({
      answer: (question) => {
        asked.push(question);
        return (answers.length > 1 ? answers.shift()! : answers[0]!)(question);
      },
    });
    const engine = await storeEngines()[0]!.start();
    store = await openStore(await engine.newStore());
    const embed = await openUseLite();
    const { config } = await loadConfig({
      env: { OPENAI_BASE_URL: server.url, OPENAI_API_KEY: "test", LOAM_CHAT_MODEL: "openai:test-chat" },
      userFile: "/nonexistent/config.json",
    });
    models = await openModels(config, { embed });
    library = await openLibrary({ store, models });
    await library.add({ name: "tower.pdf", bytes: tower });
    stop = async () => {
      await library.close();
      await embed.close();
      await store.close();
      await engine.stop();
      await server.close();
    };
  });
  afterAll(() => stop?.());

  /** The number under which the evidence that holds `words` was given. */
  const numberOf = (question: ChatQuestion, words: string) =>
    Number(
      question.text
        .slice(0, question.text.indexOf(words))
        .match(/\[(\d+)\]/g)!
        .at(-1)!
        .slice(1, -1),
    );

  test("a sentence's evidence number becomes page, box and quote; deltas show no numbers", async () => {
    answers = [
      (q) =>
        `The tower is 38 metres high [${numberOf(q, "38 metres")}]. The lamp has a solar battery. [${numberOf(q, "solar")}]`,
    ];
    const stream = library.ask("How high is the tower and what powers the lamp?");
    const events: AnswerEvent[] = [];
    for await (const event of stream) events.push(event);
    const answer = await stream.result;
    expect(answer).toMatchObject({
      mode: "generated",
      removedCitations: 0,
      answer: "The tower is 38 metres high.\nThe lamp has a solar battery.",
      sentences: [
        { citations: [{ page: 1, kind: "text", quote: "It is 38 metres high and built of granite." }] },
        {
          citations: [{ page: 2, kind: "text", quote: "The lamp is powered by a solar battery of 18 kilowatt hours." }],
        },
      ],
    });
    expect(answer.model).toContain("test-chat");
    const text = events.flatMap((event) => (event.type === "delta" ? [event.text] : [])).join("");
    expect(text).toBe("The tower is 38 metres high. The lamp has a solar battery.");
    expect(events.map(({ type }) => type).filter((type) => type !== "delta")).toEqual([
      "evidence",
      "sentence",
      "sentence",
      "done",
    ]);
  });

  test("an invented number, and one whose evidence says something else, are removed and counted", async () => {
    answers = [
      (q) =>
        `The tower was painted blue by penguins [99]. Granite is its stone [${numberOf(q, "granite")}]. Elephants swim quickly [${numberOf(q, "granite")}].`,
    ];
    const answer = await library.ask("What is the tower made of?").result;
    expect(answer.removedCitations).toBe(2);
    expect(answer.sentences.map(({ citations }) => citations.length)).toEqual([0, 1, 0]);
  });

  test("when the evidence does not answer, the model's sign becomes a refusal", async () => {
    answers = [() => "NO_ANSWER"];
    const stream = library.ask("Who painted the tower?");
    const deltas: string[] = [];
    for await (const event of stream) if (event.type === "delta") deltas.push(event.text);
    expect(await stream.result).toMatchObject({
      mode: "refused",
      refusal: { nearest: [{ citations: [{ page: expect.any(Number) }] }, {}, {}] },
    });
    expect(deltas.join("")).not.toContain("NO_ANSWER");
  });

  test("a follow-up is searched as a question of its own, and the model sees the turns before", async () => {
    answers = [(q) => `Ida Morell finished it [${numberOf(q, "Ida Morell")}].`];
    const first = await library.ask("Who finished the tower?").result;
    answers = [
      () => "How often does the lamp of the tower turn?",
      (q) => `Once in nine seconds [${numberOf(q, "nine seconds")}].`,
    ];
    asked.length = 0;
    const second = await library.ask("And how often does it turn?", { conversation: first.conversation }).result;
    expect(second.sentences[0]!.citations[0]).toMatchObject({ page: 2 });
    expect(asked[0]!.text).toContain("Answer: Ida Morell finished it.");
    expect(JSON.stringify(asked[1]!.body)).toContain("Who finished the tower?");
  });

  test("a model that fails is an error that names the role, for the reader of events and of the result", async () => {
    server.inject({ kind: "status", status: 401, message: "bad key" });
    const stream = library.ask("How high is the tower?");
    await expect(stream.result).rejects.toMatchObject({ message: expect.stringContaining("bad key") });
    await expect(Array.fromAsync(stream)).rejects.toThrow("bad key");
  });

  test("a model that says nothing, calls a function or is withheld is said to do that, and is asked twice", async () => {
    const scripts: [ScriptedAnswer, RegExp][] = [
      [{ text: "" }, /chat model: answered with nothing/],
      [{ text: " \n " }, /chat model: answered with nothing/],
      [{ toolCalls: [{ name: "search_web", arguments: {} }] }, /called a function instead of answering/],
      [{ text: "", finishReason: "length" }, /used up its longest answer/],
      [{ text: "", finishReason: "content_filter" }, /filter withheld the answer/],
    ];
    for (const [script, said] of scripts) {
      answers = [() => script];
      asked.length = 0;
      await expect(library.ask("How high is the tower?").result, said.source).rejects.toThrow(said);
      expect(asked, said.source).toHaveLength(2);
    }
  });

  test("nothing, and a stream that broke before a word, are asked again", async () => {
    answers = [(q) => `The tower is 38 metres high [${numberOf(q, "38 metres")}].`];
    answers.unshift(() => ({ text: "" }));
    expect(await library.ask("How high is the tower?").result).toMatchObject({
      mode: "generated",
      answer: "The tower is 38 metres high.",
    });
    const before = server.requests.length;
    server.inject({ kind: "truncated" });
    expect(await library.ask("How high is the tower?").result).toMatchObject({ mode: "generated" });
    expect(server.requests.length - before).toBe(2);
  });

  test("an answer that the model broke off keeps its whole sentences and says so", async () => {
    answers = [
      (q) => ({
        text: `The tower is 38 metres high [${numberOf(q, "38 metres")}]. The lamp is powered by a solar batt`,
        finishReason: "length",
      }),
    ];
    const stream = library.ask("How high is the tower and what powers the lamp?");
    const events = await Array.fromAsync(stream);
    expect(await stream.result).toMatchObject({ answer: "The tower is 38 metres high.", cut: true, mode: "generated" });
    expect(events.filter(({ type }) => type === "sentence")).toHaveLength(1);
  });

  test("a model that says the same again and again, or talks without end, is stopped", async () => {
    const height = (q: Parameters<(typeof answers)[number]>[0]) =>
      `The tower is 38 metres high [${numberOf(q, "38 metres")}].`;
    answers = [(q) => `${height(q)} ${"It is high. ".repeat(500)}`];
    const { answer, cut } = await library.ask("How high is the tower?").result;
    expect([answer.replace(/\s+/g, " "), cut]).toEqual(["The tower is 38 metres high. It is high. It is high.", true]);
    answers = [(q) => `${height(q)} ${Array.from({ length: 3000 }, (_, i) => `It was built in step ${i}.`).join(" ")}`];
    const endless = await library.ask("How high is the tower?").result;
    expect(endless.cut).toBe(true);
    expect(endless.answer.length).toBeLessThan(8100);
  });

  test("evidence names its document, which an answer may name, and two documents are told apart", async () => {
    const { id } = await library.add({
      name: "lighthouse.pdf",
      bytes: await writePdf([["# The Tower", "The tower was finished in 1901 by Per Holm. It is 51 metres high."]]),
    });
    answers = [
      (q) =>
        `In tower.pdf it is 38 metres high [${numberOf(q, "38 metres")}]. In lighthouse.pdf it is 51 metres high [${numberOf(q, "51 metres")}]. In tower.pdf it is 51 metres high [${numberOf(q, "38 metres")}].`,
    ];
    asked.length = 0;
    const answer = await library.ask("How high is the tower?").result;
    expect(asked[0]!.text).toMatch(/\[\d\] \(tower\.pdf, page 1, The Tower\)/);
    expect(asked[0]!.text).toMatch(/\[\d\] \(lighthouse\.pdf, page 1, The Tower\)/);
    expect(answer.sentences.map(({ citations }) => citations.length)).toEqual([1, 1, 0]);
    expect(answer.sentences[1]!.citations[0]).toMatchObject({ document: id });
    await library.remove(id);
  });

  test("ten ways of lying are caught, each with what is wrong", async () => {
    const { id } = await library.add({
      name: "lighthouse.pdf",
      bytes: await writePdf([
        ["# The Lighthouse", "The lighthouse was finished in 1901 by Per Holm. It has 212 steps."],
      ]),
    });
    const granite = (q: ChatQuestion) => numberOf(q, "granite");
    const lies: [(question: ChatQuestion) => string, object][] = [
      [(q) => `The tower is 83 metres high [${granite(q)}].`, { kind: "number", value: 83, unit: "m" }],
      [(q) => `The tower was finished in 1875 [${granite(q)}].`, { kind: "number", value: 1875 }],
      [(q) => `The tower is 38 feet high [${granite(q)}].`, { kind: "number", value: 38, unit: "ft" }],
      [(q) => `The tower was finished by Anna Morell [${granite(q)}].`, { kind: "name", name: "anna" }],
      [(q) => `The tower was not built of granite [${granite(q)}].`, { kind: "denial" }],
      [() => "The tower is built of granite [42].", { kind: "citation", number: 42 }],
      [(q) => `The lighthouse has 212 steps [${granite(q)}].`, { kind: "evidence", number: expect.any(Number) }],
      [
        (q) => `In lighthouse.pdf the tower is of granite [${granite(q)}].`,
        { kind: "document", name: "lighthouse.pdf" },
      ],
      [
        (q) => `The tower is 38 metres high, “taller than all its neighbours” [${granite(q)}].`,
        { kind: "quote", quote: "taller than all its neighbours" },
      ],
      [() => "The tower is built of granite.", { kind: "uncited" }],
      [(q) => `Elephants swim quickly in rivers [${granite(q)}].`, { kind: "evidence", number: expect.any(Number) }],
    ];
    for (const [lie, unsupported] of lies) {
      answers = [lie];
      const { sentences } = await library.ask("Tell me about the tower and the lighthouse.").result;
      expect(sentences, JSON.stringify(unsupported)).toMatchObject([{ citations: [], unsupported }]);
    }
    answers = [(q) => `The tower “is 38 metres high and built of granite” [${granite(q)}].`];
    const [honest] = (await library.ask("Tell me about the tower and the lighthouse.").result).sentences;
    expect(honest).toMatchObject({ citations: [{ page: 1 }] });
    expect(honest!.unsupported).toBeUndefined();
    await library.remove(id);
  });

  test("rerank lets the model choose the order, and keeps what it leaves out", async () => {
    const usual = await library.search("tower lamp", { k: 4 });
    answers = [() => "[2, 77]"];
    const hits = await library.search("tower lamp", { k: 4, rerank: "model" });
    expect(hits.map((h) => h.chunk.id)).toEqual([
      usual[1]!.chunk.id,
      usual[0]!.chunk.id,
      ...usual.slice(2).map((h) => h.chunk.id),
    ]);
  });

  test("a reranker orders what a search and a question find, unless it is left out", async () => {
    const usual = await library.search("tower lamp", { k: 4 });
    const read: string[] = [];
    models.reranker = {
      id: "test:backwards",
      // The longer the worse.
      score: async (query, passages) => {
        read.push(query);
        return Float32Array.from(passages, (text) => -text.length);
      },
    };
    const hits = await library.search("tower lamp", { k: 4 });
    expect(hits.map(({ score }) => score)).toEqual(hits.map(({ score }) => score).sort((a, b) => b - a));
    expect(hits.every(({ score }) => score < 0)).toBe(true);
    expect(await library.search("tower lamp", { k: 4, rerank: "none" })).toEqual(usual);
    answers = [() => "Nothing."];
    await library.ask("Tell me about the tower.").result;
    expect(read).toEqual(["tower lamp", "Tell me about the tower."]);
    models.reranker = undefined;
  });

  test("documents that are not there are said to be not there", async () => {
    const nowhere = { documents: ["doc_none"] };
    await expect(library.search("tower", nowhere)).rejects.toMatchObject({ code: "not_found", status: 404 });
    await expect(library.ask("Which tower?", nowhere).result).rejects.toThrow(/document "doc_none" does not exist/);
  });
});
