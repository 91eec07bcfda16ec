import { expect, test } from "vitest";
import { askedKey, isAbout } from "./asked-key.ts";
import type { Passage } from "./evidence.ts";

const row: Passage = {
  text: "Gorse Dale | 17.0 | ",
  header: "Well | Depth (m) | June",
  context: "Wells of the parish",
  kind: "table",
  places: [],
};
const prose: Passage = { text: "It delivers 38 litres a minute.", context: "The pump", kind: "text", places: [] };

test.each([
  ["What is the depth of Gorse Dale?", row, "", true],
  ["What is the depth of Poplar Dale?", row, "Poplar Croft | 3", false], // a near miss: no row is of that name
  ["What is the price of Gorse Dale?", row, "", false],
  ["What did Gorse Dale measure in June?", row, "", false], // the cell is empty
  ["How much does the pump deliver?", prose, "", true],
  ["What is the price of the pump?", prose, "", false],
  ["What is the cost of the pump?", { ...prose, text: "The price is 12 crowns." }, "", true],
  ["What is the number of wells in Lund?", prose, "There are nine wells in Lund.", true],
  ["What is the capital of Peru?", prose, "", false],
  ["Who was Hedwig Solberg?", prose, "The curator Hedwlg Solberg opened it.", true], // one letter misread
  ["How many were caught in 1932?", prose, "caught in 1931", false],
])("%s", (question, passage, around, expected) => {
  expect(isAbout(askedKey(question), passage as Passage, around as string)).toBe(expected);
});
