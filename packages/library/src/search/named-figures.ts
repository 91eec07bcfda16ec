/** A figure or table as a text names it. */
export interface FigureName {
  kind: "figure" | "table";
  /** "3", "2a", "4.1", "A1"; lower case. */
  number: string;
}

const named =
  /(?<![\p{Script=Latin}])(fig(?:ure|s)?s?\.?|table|tab\.|chart|图表|插图|图|表格|表|附图|附表)\s*(?:no\.?\s*)?((?:[a-z]\.?)?\d+(?:[.\-–]\d+)*[a-z]?(?![\p{Script=Latin}\d])|[ivx]{1,5}(?![\p{Script=Latin}\d]))/giu;

/**
 * The figures and tables a text names: "Figure 3", "Fig. 2a", "Table IV", "图 3", "表2-1".
 *
 * @example
 * namedFigures("Compare Fig. 3 with 表 2"); // [{ kind: "figure", number: "3" }, { kind: "table", number: "2" }]
 */
export function namedFigures(text: string): FigureName[] {
  const found: FigureName[] = [];
  for (const [, word, number] of text.normalize("NFKC").matchAll(named)) {
    found.push({ kind: /^(tab|表|附表)/i.test(word!) ? "table" : "figure", number: normalNumber(number!) });
  }
  return found;
}

/** Whether a caption's label ("Figure 3:", "图 3") is the figure that was named. */
export function isNamed(label: string | undefined, { kind, number }: FigureName): boolean {
  const own = label ? namedFigures(label)[0] : undefined;
  return own !== undefined && own.kind === kind && own.number === number;
}

function normalNumber(number: string): string {
  return number
    .toLowerCase()
    .replace(/[–]/g, "-")
    .replace(/^([a-z])\.(?=\d)/, "$1");
}
