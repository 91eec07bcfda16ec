import { type ChildNode, type Document, type Element, isTag, isText } from "domhandler";
import { findOne, getAttributeValue, textContent } from "domutils";
import type { FlowLine, FlowNode, FlowSection } from "./flow.ts";
import { isHidden } from "./html-hidden.ts";
import { isLayoutTable, tableOf } from "./html-table.ts";
import { isBlock, isSkipped, wordsOf } from "./html-words.ts";
import { parseTree } from "./parse-tree.ts";

/** Deeper than any page is meant: what lies below is taken as its text. */
const maxDepth = 400;
const hiddenLength = 2000;

export interface HtmlOptions {
  /** The bytes behind the address of a picture. */
  picture?: (address: string) => Uint8Array | undefined;
}

/** A page as a section: headings, paragraphs, lists, tables, pictures, form values; what nobody sees stands apart. */
export function readHtml(html: string, options: HtmlOptions = {}): FlowSection & { title?: string } {
  const document = parseTree(html, { xml: false });
  const title = findOne(({ name }) => name === "title", document.children, true);
  const walker = new Walker(options);
  walker.walk(document);
  const hiddenText = walker.hidden.join(" ").slice(0, hiddenLength);
  return {
    title: title ? wordsOf(title) || undefined : undefined,
    nodes: walker.finish(),
    ...(hiddenText && { hiddenText }),
  };
}

class Walker {
  readonly hidden: string[] = [];
  readonly #picture: HtmlOptions["picture"];
  readonly #nodes: FlowNode[] = [];
  /** Words since the last block began; a line break inside is kept. */
  #text = "";
  /** Of the list item or term that the words belong to. */
  #prefix = "";
  #lists: { ordered: boolean; next: number }[] = [];
  #depth = 0;

  constructor({ picture }: HtmlOptions) {
    this.#picture = picture;
  }

  finish(): FlowNode[] {
    this.#flush();
    return this.#nodes;
  }

  walk(parent: Document | Element): void {
    for (const node of parent.children) this.#visit(node);
  }

  #visit(node: ChildNode): void {
    if (isText(node)) this.#text += node.data.replace(/[ \t\r\n\f]+/g, " ");
    else if (isTag(node)) this.#element(node);
  }

  #element(node: Element): void {
    const { name } = node;
    if (isSkipped(node)) return;
    if (isHidden(node)) {
      const text = wordsOf(node);
      if (text) this.hidden.push(text);
      return;
    }
    if (this.#depth >= maxDepth) {
      this.#text += ` ${wordsOf(node)} `;
      return;
    }
    this.#depth++;
    this.#inside(node, name);
    this.#depth--;
  }

  #inside(node: Element, name: string): void {
    if (/^h[1-6]$/.test(name)) this.#heading(node, Number(name[1]));
    else if (name === "br") this.#text += "\n";
    else if (name === "img") this.#image(node);
    else if (name === "pre") this.#code(node);
    else if (name === "table" && !isLayoutTable(node)) this.#table(node);
    else if (name === "ul" || name === "ol") this.#list(node, name === "ol");
    else if (name === "li") this.#item(node);
    else if (name === "dt") this.#term(node);
    else if (name === "sup" || name === "sub") this.#raised(node, name);
    else if (name === "input" || name === "textarea" || name === "select") this.#field(node, name);
    else if (name === "math") this.#text += ` ${formula(node)} `;
    else if (name === "figure") this.#figure(node);
    else if (isBlock(node)) this.#block(node);
    else this.walk(node);
  }

  #block(node: Element): void {
    this.#flush();
    this.walk(node);
    this.#flush();
  }

  #heading(node: Element, level: number): void {
    this.#flush();
    const text = wordsOf(node);
    if (text) this.#nodes.push({ kind: "heading", level, text });
  }

  #list(node: Element, ordered: boolean): void {
    this.#flush();
    this.#lists.push({ ordered, next: Number(getAttributeValue(node, "start")) || 1 });
    this.walk(node);
    this.#flush();
    this.#lists.pop();
  }

  #item(node: Element): void {
    this.#flush();
    const list = this.#lists.at(-1);
    this.#prefix = list?.ordered ? `${list.next++}. ` : "• ";
    this.walk(node);
    this.#flush();
    this.#prefix = "";
  }

  /** A term stands with what is said of it: "Weight: 3 kg". */
  #term(node: Element): void {
    this.#flush();
    const term = wordsOf(node);
    if (term) this.#prefix = /[:：]$/.test(term) ? `${term} ` : `${term}: `;
  }

  #table(node: Element): void {
    this.#flush();
    const { rows, caption } = tableOf(node);
    if (rows.length > 0) this.#nodes.push({ kind: "table", rows, ...(caption && { caption }) });
  }

  #code(node: Element): void {
    this.#flush();
    const lines: FlowLine[] = textContent(node)
      .split("\n")
      .map((text) => ({ text: text.trimEnd() }))
      .filter(({ text }) => text.trim() !== "");
    if (lines.length > 0) this.#nodes.push({ kind: "lines", mono: true, lines });
  }

  #figure(node: Element): void {
    this.#flush();
    const caption = findOne(({ name }) => name === "figcaption", node.children, true);
    const at = this.#nodes.length;
    for (const child of node.children) if (child !== caption) this.#visit(child);
    this.#flush();
    if (!caption) return;
    const text = wordsOf(caption);
    const own = this.#nodes.slice(at).find(({ kind }) => kind === "picture" || kind === "table");
    if (own?.kind === "picture" || own?.kind === "table") own.caption = text;
    else this.#block(caption);
  }

  #image(node: Element): void {
    const alt = oneLine(getAttributeValue(node, "alt") ?? "");
    const bytes = this.#bytesOf(getAttributeValue(node, "src") ?? "");
    if (bytes) {
      this.#flush();
      this.#nodes.push({ kind: "picture", bytes, ...(alt && { caption: alt }) });
    } else if (alt) this.#text += ` ${alt} `;
  }

  #bytesOf(address: string): Uint8Array | undefined {
    const inline = /^data:image\/[\w.+-]+;base64,(.*)$/is.exec(address);
    return inline ? Buffer.from(inline[1]!, "base64") : this.#picture?.(address);
  }

  /** Raised digits stay apart from the number before them: "320¹". */
  #raised(node: Element, name: "sup" | "sub"): void {
    const text = wordsOf(node);
    const digits = name === "sup" ? "⁰¹²³⁴⁵⁶⁷⁸⁹" : "₀₁₂₃₄₅₆₇₈₉";
    if (/^[-−+]?\d+$/.test(text))
      this.#text += text.replace(/\d/g, (digit) => digits[Number(digit)]!).replace(/[-−]/, name === "sup" ? "⁻" : "₋");
    else this.walk(node);
  }

  #field(node: Element, name: string): void {
    if (name === "textarea") this.#text += ` ${textContent(node)} `;
    else if (name === "select") {
      const chosen = findOne(
        ({ name: tag, attribs }) => tag === "option" && "selected" in attribs,
        node.children,
        true,
      );
      if (chosen) this.#text += ` ${textContent(chosen)} `;
    } else {
      const type = getAttributeValue(node, "type") ?? "text";
      if (type === "checkbox" || type === "radio") this.#text += "checked" in node.attribs ? " ☒ " : " ☐ ";
      else if (!["hidden", "password", "submit", "button", "file", "image", "reset"].includes(type))
        this.#text += ` ${getAttributeValue(node, "value") ?? ""} `;
    }
  }

  #flush(): void {
    const lines = this.#text
      .split("\n")
      .map(oneLine)
      .filter((line) => line !== "");
    this.#text = "";
    if (lines.length === 0) return;
    const prefix = this.#prefix;
    if (prefix) this.#prefix = "";
    const isList = prefix !== "" || this.#lists.length > 0;
    const placed = lines.map((text, i) => ({ text: i === 0 ? prefix + text : text }));
    // Lines that are broken where they are short stand for themselves: an address, a letter's head.
    const isBroken = lines.length > 1 && lines.slice(0, -1).some((line) => line.length < 60);
    if (isBroken) this.#nodes.push({ kind: "lines", mono: false, lines: placed });
    else this.#nodes.push({ kind: isList ? "list" : "paragraph", lines: placed });
  }
}

/** The formula as it was written, where the page says it. */
function formula(node: Element): string {
  const written = findOne(
    ({ name, attribs }) => name === "annotation" && /tex/i.test(attribs.encoding ?? ""),
    node.children,
    true,
  );
  return wordsOf(written ?? node);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
