import type { Inside } from "./caption-world.ts";

/** Digits on five columns and seven rows, drawn for Loam: free like the rest of it. */
const rows: Record<string, string> = {
  0: "01110 10001 10011 10101 11001 10001 01110",
  1: "00100 01100 00100 00100 00100 00100 01110",
  2: "01110 10001 00001 00110 01000 10000 11111",
  3: "11110 00001 00001 01110 00001 00001 11110",
  4: "00010 00110 01010 10010 11111 00010 00010",
  5: "11111 10000 11110 00001 00001 10001 01110",
  6: "00110 01000 10000 11110 10001 10001 01110",
  7: "11111 00001 00010 00100 01000 01000 01000",
  8: "01110 10001 10001 01110 10001 10001 01110",
  9: "01110 10001 10001 01111 00001 00010 01100",
};

const [columns, height] = [5, 7];
/** Columns are as wide as rows are high, so that a digit leaves room at its sides. */
const scale = height / 2;

/** Half a cell inside, half a cell outside: edges are those of the cells. */
function insideOf(picture: readonly string[]): Inside {
  return (x, y) => {
    const [column, row] = [Math.floor(x * scale + columns / 2), Math.floor(y * scale + height / 2)];
    return picture[row]?.[column] === "1" ? 0.5 / scale : -0.5 / scale;
  };
}

/** Digits as shapes of the caption world; in both languages they are written as they are. */
export const digitShapes: Record<string, { en: string; zh: string; inside: Inside }> = Object.fromEntries(
  Object.entries(rows).map(([digit, text]) => [digit, { en: digit, zh: digit, inside: insideOf(text.split(" ")) }]),
);
