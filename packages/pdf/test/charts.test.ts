import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openPdf } from "../src/index.ts";

/**
 * The tables that charts are read into; `charts/make.py` draws them from these values, those from `scatter` on are of
 * `bench/charts`.
 */
const charts: Record<string, string[]> = {
  barh: [" | ", "Oats | ≈ 12.5", "Rye | ≈ 31", "Wheat | ≈ 22.4", "Barley | ≈ 8"],
  grouped: [" | North | South", "Oats | ≈ 1 | ≈ 4", "Rye | ≈ 2 | ≈ 3", "Wheat | ≈ 3 | ≈ 2.5", "Barley | ≈ 4 | ≈ 1.2"],
  stacked: [" | North | South", "Oats | ≈ 1 | ≈ 4", "Rye | ≈ 2 | ≈ 3", "Wheat | ≈ 3 | ≈ 2.5", "Barley | ≈ 4 | ≈ 1.2"],
  negative: [" | ", "Oats | ≈ 5", "Rye | ≈ -3", "Wheat | ≈ 2", "Barley | ≈ -1.5"],
  logbar: [" | ", "Oats | ≈ 9.9", "Rye | ≈ 99", "Wheat | ≈ 2500", "Barley | ≈ 30"],
  labelled: [" | ", "Oats | 10", "Rye | 100", "Wheat | 250", "Barley | 30"],
  line: [
    " | Upper | Lower",
    "2018 | ≈ 3 | ≈ 1",
    "2019 | ≈ 5.5 | ≈ 2",
    "2020 | ≈ 4 | ≈ 2.5",
    "2021 | ≈ 7 | ≈ 2",
    "2022 | ≈ 8.2 | ≈ 4",
  ],
  linelog: [" | ", "1 | ≈ 9.9", "2 | ≈ 200", "3 | ≈ 3000", "4 | ≈ 49000"],
  pie: [" | ", "Oats | ≈ 40.0%", "Rye | ≈ 30.0%", "Wheat | ≈ 20.0%", "Barley | ≈ 10.0%"],
  scatter: [
    " | ",
    "≈ 7.5 | ≈ 27.9",
    "≈ 9.8 | ≈ 26.2",
    "≈ 11.4 | ≈ 6",
    "≈ 11.8 | ≈ 71.7",
    "≈ 13.2 | ≈ 64.4",
    "≈ 15.6 | ≈ 33",
    "≈ 31.1 | ≈ 86",
    "≈ 46.2 | ≈ 55.4",
  ],
  ring: [" | ", "Oats | 32.3%", "Rye | 16.1%", "Wheat | 42.1%", "Barley | 9.5%"],
  stackedh: [
    " | North | South | East",
    "Oats | ≈ 59 | ≈ 30 | ≈ 11",
    "Rye | ≈ 56 | ≈ 32 | ≈ 17",
    "Wheat | ≈ 55 | ≈ 27 | ≈ 58",
    "Barley | ≈ 53 | ≈ 57 | ≈ 50",
  ],
  vegabarh: [" | ", "Oats | ≈ 59.7", "Rye | ≈ 59.6", "Wheat | ≈ 89.4", "Barley | ≈ 5.4", "Flax | ≈ 54.4"],
  vegapie: [" | ", "Oats | ≈ 8.5%", "Rye | ≈ 41.7%", "Wheat | ≈ 39.7%", "Barley | ≈ 10.2%"],
  rgrouped: [
    " | North | South",
    "Oats | ≈ 40 | ≈ 82",
    "Rye | ≈ 85 | ≈ 82",
    "Wheat | ≈ 20 | ≈ 72",
    "Barley | ≈ 48 | ≈ 37",
  ],
  seaborn: [" | 2020 | 2021", "A | ≈ 1 | ≈ 2", "B | ≈ 2 | ≈ 3", "C | ≈ 3 | ≈ 4"],
};

test.each(Object.entries(charts))("the values of %s.pdf", async (name, table) => {
  const bytes = await readFile(join(import.meta.dirname, "charts", `${name}.pdf`));
  const pdf = await openPdf(bytes, { name });
  const { figures } = await pdf.readPage(1, { figureImages: "none" });
  pdf.close();
  expect(figures.map(({ innerText }) => innerText.split("\n").filter((line) => line.includes(" | ")))).toEqual([table]);
});
