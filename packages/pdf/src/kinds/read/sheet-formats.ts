import { format as formatNumber, isDateFormat } from "numfmt";
import { elementsNamed, type parseXml } from "./xml.ts";

/** ECMA-376 part 1, 18.8.30: formats that every workbook has without saying so. */
const builtIn: Record<number, string> = {
  1: "0",
  2: "0.00",
  3: "#,##0",
  4: "#,##0.00",
  9: "0%",
  10: "0.00%",
  11: "0.00E+00",
  12: "# ?/?",
  13: "# ??/??",
  14: "yyyy-mm-dd",
  15: "d-mmm-yy",
  16: "d-mmm",
  17: "mmm-yy",
  18: "h:mm AM/PM",
  19: "h:mm:ss AM/PM",
  20: "h:mm",
  21: "h:mm:ss",
  22: "yyyy-mm-dd h:mm",
  37: "#,##0;(#,##0)",
  38: "#,##0;(#,##0)",
  39: "#,##0.00;(#,##0.00)",
  40: "#,##0.00;(#,##0.00)",
  45: "mm:ss",
  46: "[h]:mm:ss",
  47: "mmss.0",
  48: "##0.0E+0",
  49: "@",
};

/** The number format of each cell style. */
export function numberFormats(styles: ReturnType<typeof parseXml>): (style: number) => string {
  const own = new Map(
    elementsNamed(styles, "numFmt").map(({ attribs }) => [Number(attribs.numFmtId), attribs.formatCode ?? "General"]),
  );
  const [cellStyles] = elementsNamed(styles, "cellXfs");
  const ids = cellStyles ? elementsNamed(cellStyles, "xf").map(({ attribs }) => Number(attribs.numFmtId ?? 0)) : [];
  return (style) => {
    const id = ids[style] ?? 0;
    return own.get(id) ?? builtIn[id] ?? "General";
  };
}

/** A cell as it is shown; dates are written the way that sorts (2026-11-28) unless their format names the month. */
export function cellText(
  { type, text }: { type: string; text: string },
  { strings, format, from1904 }: { strings: readonly string[]; format: string; from1904: boolean },
): string {
  if (type === "s") return oneLine(strings[Number(text)] ?? "");
  if (type === "b") return text === "1" ? "TRUE" : "FALSE";
  if (type === "n" && text.trim() !== "" && Number.isFinite(Number(text))) return shown(Number(text), format, from1904);
  return oneLine(text);
}

function shown(value: number, format: string, from1904: boolean): string {
  const isDate = isDateFormat(format);
  // Fifteen digits are what a workbook keeps: 0.1 + 0.2 is shown as 0.3.
  if (format === "General") return String(Number(value.toPrecision(15)));
  try {
    const serial = isDate && from1904 ? value + 1462 : value;
    return oneLine(formatNumber(isDate ? plainDate(format) : format, serial, { fillChar: "", skipChar: "" }));
  } catch {
    return String(value);
  }
}

/** "m/d/yy" leaves open which number is the month. */
function plainDate(format: string): string {
  const bare = format.replace(/\[\$?[^\]]*\]|;@|\\/g, "");
  return /^[dmy]{1,4}[/.\- ][dmy]{1,4}[/.\- ][dmy]{1,4}$/i.test(bare) && !/mmm/i.test(bare) ? "yyyy-mm-dd" : format;
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
