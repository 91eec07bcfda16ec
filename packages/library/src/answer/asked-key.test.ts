import { expect, test } from "vitest";
import { askedKey, emptyCellAsked, missingIn } from "./asked-key.ts";
import type { Passage } from "./evidence.ts";

const row: Passage = {
  text: "Gorse Dale | 17.0 | ",
  header: "Well | Depth (m) | June",
  context: "Wells of the parish",
  kind: "table",
  places: [],
};
const prose: Passage = { text: "It delivers 38 litres a minute.", context: "The pump", kind: "text", places: [] };

const found = (question: string, passage: Passage, around: string) =>
  missingIn(askedKey(question), passage, { around });

test.each<[string, Passage, string, string[]]>([
  ["What is the depth of Gorse Dale?", row, "", []],
  ["What is the depth of Poplar Dale?", row, "Poplar Croft | 3", ["poplar"]], // a near miss: no row is of that name
  ["What is the price of Gorse Dale?", row, "", ["price"]],
  ["How much does the pump deliver?", prose, "", []],
  ["What is the price of the pump?", prose, "", ["price"]],
  ["What is the cost of the pump?", { ...prose, text: "The price is 12 crowns." }, "", []],
  ["What is the number of wells in Lund?", prose, "There are nine wells in Lund.", []],
  ["Fill in the blank: “It delivers ____ litres a minute.”", prose, "", []],
  ["填空：“It delivers ____ litres a minute.”", prose, "", []],
  ["What is the capital of Peru?", prose, "", ["peru", "capital"]],
  ["Who was Hedwig Solberg?", prose, "The curator Hedwlg Solberg opened it.", []], // one letter misread
  ["How many were caught in 1932?", prose, "caught in 1931", ["1932"]],
  ["How many gallons does the pump deliver?", prose, "", ["gallons"]],
  ["How many millilitres does the pump deliver?", prose, "", []],
  ["How many litres does the turbine deliver?", prose, "", ["turbine"]],
  ["What is the temperature of the pump in Fahrenheit?", prose, "at 40 °C", ["fahrenheit"]],
  ["Wie hoch ist der Preis der Pumpe?", { ...prose, text: "Die Pumpe fördert 38 Liter." }, "", ["preis"]],
  ["Was kostet die Pumpe?", { ...prose, text: "Der Preis der Pumpen beträgt 12 Kronen." }, "", []],
  ["水泵的价格是多少？", { ...prose, text: "水泵每分钟输送38升水。", context: "水泵" }, "", ["价格"]],
  ["水泵在2031年输送多少水？", { ...prose, text: "水泵在2019年每分钟输送38升水。", context: "水泵" }, "", ["2031"]],
  ["Gorse Dale的深度是多少？", row, "", []],
  ["Gorse Dale的重量是多少？", row, "", ["重量"]],
])("missing for %s", (question, passage, around, expected) => {
  expect(found(question, passage, around)).toEqual(expected);
});

test("the cell that a question asks for is known to be empty", () => {
  expect(emptyCellAsked("What did Gorse Dale measure in June?", row)).toBe("Gorse Dale × June");
  expect(emptyCellAsked("What is the depth of Gorse Dale?", row)).toBeUndefined();
  expect(emptyCellAsked("What did Poplar Dale measure in June?", row)).toBeUndefined();
});
