import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openUseLite } from "@loam/models";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openUseLiteTokenEncoder } from "../bertscore/use-lite-token-encoder.ts";
import { metricFor } from "../metrics/registry.ts";
import { corpusBleu } from "../translation/bleu.ts";
import { scoreCorpus } from "./score-corpus.ts";
import { scoreFile } from "./score-file.ts";

const rows = [
  {
    prediction: "the cat sat on the mat",
    references: ["the cat sat on the mat"],
    source: "a long story: the cat sat on the mat",
  },
  {
    prediction: "dogs bark at night",
    references: ["a dog barks in the night", "dogs bark"],
    source: "dogs bark at night and day",
  },
  { prediction: "", references: ["something"], source: "something else" },
];

test("corpus scores are pooled where the metric pools, means with intervals elsewhere", async () => {
  const [bleu, rouge] = await scoreCorpus(rows, { metrics: ["bleu", "rouge1"] });
  expect(bleu!.value).toBe(
    corpusBleu(
      rows.map((r) => r.prediction),
      rows.map((r) => r.references),
    ).score,
  );
  expect(bleu!.interval).toBeUndefined();
  expect(rouge!.value).toBeCloseTo(rouge!.values.reduce<number>((sum, value) => sum + value!, 0) / 3, 12);
  expect(rouge!.interval!.low).toBeLessThanOrEqual(rouge!.value!);
  expect(rouge!.signature).toBe("rouge1|tok:rouge_score|refs:max");
});

test("ROUGE types scored together give what each gives alone", async () => {
  const types = ["rouge2", "rougeLsum", "rougeSU4", "rouge1"];
  const several = rows.map((row) => ({ ...row, references: [...row.references, "dogs and\ncats sat"] }));
  const together = await scoreCorpus(several, { metrics: [...types, "bleu"], stem: true, aggregate: "mean" });
  const alone = await Promise.all(
    types.map((type) => scoreCorpus(several, { metrics: [type], stem: true, aggregate: "mean" })),
  );
  expect(together.slice(0, 4)).toEqual(alone.flat());
  expect(together.map(({ metric }) => metric)).toEqual([...types, "bleu"]);
});

test("Chinese is told by its letters: identical texts score 1, and the tokenizer is recorded", async () => {
  const text = "今天天气很好，我们去公园散步吧。";
  const [rouge, bleu] = await scoreCorpus([{ prediction: text, references: [text] }], { metrics: ["rougeL", "bleu"] });
  expect(rouge!.value).toBe(1);
  expect(rouge!.signature).toMatch(/tok:words\(any, ICU/);
  expect(bleu!.value).toBeCloseTo(100, 9);
  expect(bleu!.signature).toContain("tok:zh");
});

test("families have members that are not listed; a misspelt name is told the nearest", () => {
  expect(metricFor("rougeS*").name).toBe("rougeS*");
  expect(metricFor("novel4").needs).toEqual(["source"]);
  expect(() => metricFor("rougel")).toThrow('Did you mean "rougeL"?');
  expect(() => metricFor("bert_score")).toThrow('Did you mean "bertscore"?');
});

test("what a metric needs and was not given is named, with the row", async () => {
  await expect(scoreCorpus([{ prediction: "a", references: [] }], { metrics: ["rougeL"] })).rejects.toThrow(
    "`rows[0].references` is undefined; expected what rougeL needs. Give each row at least one reference.",
  );
  await expect(scoreCorpus(rows, { metrics: ["faithfulness"] })).rejects.toThrow("LOAM_JUDGE_MODEL");
});

describe("with the models installed with Loam", () => {
  test("embedding cosine and BERTScore; a text without weight fails its row and no other", async () => {
    const embedder = await openUseLite({ threads: 1 });
    const tokenEncoder = await openUseLiteTokenEncoder({ threads: 1 });
    try {
      const [cosine, bertscore] = await scoreCorpus(rows, {
        metrics: ["embeddingCosine", "bertscore"],
        embedder,
        tokenEncoder,
      });
      expect(cosine!.values[0]).toBeCloseTo(1, 5);
      expect(cosine!.values[2]).toBe(0);
      expect(bertscore!.values[0]).toBeCloseTo(1, 5);
      expect(bertscore!.signature).toBe("local:use-lite_L2_no-idf_version=0.3.12(loam)_windows-of-128");
      const one = [{ prediction: "a short text", references: ["a short text"] }];
      const [idf] = await scoreCorpus(one, { metrics: ["bertscore"], tokenEncoder, bertScore: { idf: true } });
      expect(idf).toMatchObject({
        value: null,
        values: [null],
        failures: [{ row: 0, reason: /every token weighs 0/ }],
      });
    } finally {
      await Promise.all([embedder.close(), tokenEncoder.close?.()]);
    }
  });
});

describe("files", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "loam-score-"));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const file = async (name: string, content: string | Uint8Array) => {
    await writeFile(join(folder, name), content);
    return join(folder, name);
  };

  test("a table: columns told by their names or given", async () => {
    const jsonl = await file(
      "a.jsonl",
      '{"prediction": "a b", "reference": "a b"}\n{"prediction": "a", "reference": ["a", "b"]}\n',
    );
    expect((await scoreFile(jsonl, { metrics: ["rouge1"] })).metrics[0]!.value).toBe(1);
    const csv = await file("a.csv", "mine,theirs\na b,a c\n");
    const named = { metrics: ["rouge1"], columns: { prediction: "mine", references: "theirs" } };
    expect((await scoreFile(csv, named)).metrics[0]!.value).toBe(0.5);
    await expect(scoreFile(csv, { metrics: ["rouge1"], columns: { prediction: "mime" } })).rejects.toThrow(
      'line 2: there is no column "mime". Did you mean "mine"?',
    );
    await expect(scoreFile(csv, { metrics: ["rouge1"] })).rejects.toThrow(
      "Name its column (`columns: { prediction }`, --prediction-column); this row has mine, theirs.",
    );
  });

  test("lines beside lines: the first without a partner is named", async () => {
    const predictions = await file("p.txt", "one\ntwo\nthree\n");
    const references = await file("r.txt", "one\r\ntwo\r\nthree");
    const result = await scoreFile(predictions, { metrics: ["exactMatch"], references: [references] });
    expect(result).toMatchObject({ rows: 3, metrics: [{ value: 1 }] });
    const short = await file("s.txt", "one\ntwo\n");
    await expect(scoreFile(predictions, { metrics: ["rouge1"], references: [short] })).rejects.toThrow(
      /has 3 lines and .*s\.txt has 2: line 3 of .*p\.txt has no partner/,
    );
  });

  test("a table as spreadsheets write it, with headers as people write them", async () => {
    const text = "Model Output;Expected_Output \r\ncafé crème;café crème\r\n";
    const table = await file("excel.csv", Buffer.from(text, "latin1"));
    expect((await scoreFile(table, { metrics: ["exactMatch"] })).metrics[0]!.value).toBe(1);
  });

  test("lines that are not UTF-8 are refused by number", async () => {
    const bad = await file("bad.txt", Uint8Array.from([111, 107, 10, 255, 254, 10]));
    await expect(scoreFile(bad, { metrics: ["length"], references: [bad] })).rejects.toThrow(
      "line 2: the bytes are not UTF-8",
    );
  });
});
