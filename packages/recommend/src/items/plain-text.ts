import { decodeHTML } from "entities";

const tag = /<\/?[a-z][^<>]*>|<!--[\s\S]*?-->/gi;
const silent = /<(script|style)\b[^<>]*>[\s\S]*?<\/\1\s*>/gi;
const inline = /^<\/?(?:a|abbr|b|cite|code|em|font|i|mark|s|small|span|strong|sub|sup|u)\b/i;

/** What a reader of a cell sees: without HTML's tags, scripts and styles, and with its entities as characters. */
export function plainText(cell: string): string {
  if (!/[<&]/.test(cell)) return cell;
  const text = cell.replace(silent, " ").replace(tag, (found) => (inline.test(found) ? "" : " "));
  return decodeHTML(text)
    .replace(/[ \t\u00a0]+/g, " ")
    .trim();
}
