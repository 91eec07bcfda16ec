import { type AnyNode, type Element, isTag, isText } from "domhandler";
import { isHidden } from "./html-hidden.ts";

/** Elements whose content is no text that a reader of the page is after. */
const skipped = new Set(
  "script style noscript template nav svg iframe object embed head title button audio video canvas map".split(" "),
);

const blocks = new Set(
  `address article aside blockquote body center dd details dialog div dl dt fieldset figcaption figure footer form header
  hgroup hr html li main ol p pre section summary table ul tr td th caption tbody thead tfoot legend h1 h2 h3 h4 h5 h6`.split(
    /\s+/,
  ),
);

export const isSkipped = ({ name, attribs }: Element): boolean => skipped.has(name) || attribs.role === "navigation";
export const isBlock = ({ name }: Element): boolean => blocks.has(name);

/** The words of an element in one line, what nobody sees left out. Goes as deep as there is, without recursion. */
export function wordsOf(node: AnyNode): string {
  let words = "";
  const waiting: (AnyNode | " ")[] = [node];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next === " ") words += " ";
    else if (isText(next)) words += next.data;
    else if ("children" in next) {
      const element = isTag(next) ? (next as Element) : undefined;
      if (element && element !== node && (isSkipped(element) || isHidden(element))) continue;
      const apart = element && (element.name === "br" || isBlock(element));
      if (apart) waiting.push(" ");
      for (let i = next.children.length - 1; i >= 0; i--) waiting.push(next.children[i]!);
      if (apart) waiting.push(" ");
    }
  }
  return words.replace(/\s+/g, " ").trim();
}
