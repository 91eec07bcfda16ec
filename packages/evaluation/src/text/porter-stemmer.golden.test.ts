import { describe, expect, test } from "vitest";
import { readGolden } from "../../test/golden.ts";
import { type PorterMode, porterStem } from "./porter-stemmer.ts";

const { rows } = readGolden<{ rows: [string, string, string, string][] }>("metrics/stemmer/porter.json");

describe("Porter stems equal NLTK's", () => {
  test.each([
    ["nltk", 1],
    ["martin", 2],
    ["original", 3],
  ] as [PorterMode, 1 | 2 | 3][])("mode %s", (mode, column) => {
    const wrong = rows.filter((row) => porterStem(row[0], mode) !== row[column]);
    expect(wrong.map((row) => `${row[0]}: ${porterStem(row[0], mode)}, not ${row[column]}`)).toEqual([]);
  });
});
