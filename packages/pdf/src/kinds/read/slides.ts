import { type Element, isTag } from "domhandler";
import { textContent } from "domutils";
import type { Flow, FlowNode, FlowSection } from "./flow.ts";
import { unpacked } from "./measure.ts";
import { childNamed, coreProperties, elementsNamed, localName, parseXml, relationships } from "./xml.ts";

/** A presentation: each slide a section with its title, texts from top to bottom, tables, pictures and notes. */
export async function readSlides(name: string, bytes: Uint8Array): Promise<Flow> {
  const entries = await unpacked(name, bytes);
  const show = "ppt/presentation.xml";
  const links = relationships(entries, show);
  const sections = elementsNamed(parseXml(entries.get(show)), "sldId").flatMap(({ attribs }, i) => {
    const part = links.get(attribs["r:id"] ?? "");
    return part ? [slide(entries, part, i + 1)] : [];
  });
  return { ...coreProperties(entries.get("docProps/core.xml")), sections };
}

function slide(entries: ReadonlyMap<string, Uint8Array>, part: string, number: number): FlowSection {
  const document = parseXml(entries.get(part));
  const links = relationships(entries, part);
  const [tree] = elementsNamed(document, "spTree");
  const isHidden = /^(?:0|false)$/.test(elementsNamed(document, "sld")[0]?.attribs.show ?? "");
  const shapes = tree ? shapesOf(tree) : [];
  const place = { slide: number };
  const nodes = shapes.flatMap(({ element }): FlowNode[] => {
    if (localName(element) === "pic") {
      const target = links.get(elementsNamed(element, "blip")[0]?.attribs["r:embed"] ?? "");
      const picture = target === undefined ? undefined : entries.get(target);
      const alt = elementsNamed(element, "cNvPr")[0]?.attribs.descr?.trim();
      return picture ? [{ kind: "picture", bytes: picture, ...(alt && { caption: alt }) }] : [];
    }
    if (localName(element) === "graphicFrame") return frame(element, place, entries, links);
    return text(element, place);
  });
  const title = nodes.findIndex(({ kind }) => kind === "heading");
  if (title < 0) nodes.unshift({ kind: "heading", level: 1, text: `Slide ${number}`, place });
  else nodes.unshift(...nodes.splice(title, 1));
  const notes = [...links.values()].find((target) => /notesSlides\/[^/]+\.xml$/.test(target));
  if (notes) nodes.push(...notesOf(parseXml(entries.get(notes)), place));
  return { label: isHidden ? `Slide ${number} (hidden)` : `Slide ${number}`, nodes };
}

interface Shape {
  element: Element;
  top: number;
  left: number;
}

/** What a slide shows, groups opened, as it is read: from top to bottom, then from left to right. */
function shapesOf(tree: Element): Shape[] {
  const found: Shape[] = [];
  const waiting: Element[] = [tree];
  for (let parent = waiting.pop(); parent; parent = waiting.pop())
    for (const element of parent.children) {
      if (!isTag(element)) continue;
      const name = localName(element);
      if (name === "grpSp") waiting.push(element);
      if (name !== "sp" && name !== "pic" && name !== "graphicFrame" && name !== "cxnSp") continue;
      if (elementsNamed(element, "cNvPr")[0]?.attribs.hidden === "1") continue;
      const [offset] = elementsNamed(element, "off");
      found.push({ element, top: Number(offset?.attribs.y ?? 0), left: Number(offset?.attribs.x ?? 0) });
    }
  // Placeholders without a place of their own keep their order: sorting is stable.
  const emuPerRow = 200_000;
  return found.sort((a, b) => Math.round(a.top / emuPerRow) - Math.round(b.top / emuPerRow) || a.left - b.left);
}

const furniture = new Set(["sldNum", "dt", "ftr", "hdr"]);

function text(shape: Element, place: { slide: number }): FlowNode[] {
  const type = elementsNamed(shape, "ph")[0]?.attribs.type;
  if (type !== undefined && furniture.has(type)) return [];
  const paragraphs = elementsNamed(shape, "p")
    .map(paragraphText)
    .filter(({ text }) => text !== "");
  if (type === "title" || type === "ctrTitle") {
    const title = paragraphs.map(({ text }) => text).join(" ");
    return title ? [{ kind: "heading", level: 1, text: title, place }] : [];
  }
  return paragraphs.map(({ text, level }) =>
    level === undefined
      ? { kind: "paragraph", lines: [{ text, place }] }
      : { kind: "list", lines: [{ text: `• ${text}`, place }] },
  );
}

/** The words of a paragraph; a level where it is a point of a list. */
function paragraphText(paragraph: Element): { text: string; level?: number } {
  let text = "";
  for (const child of paragraph.children) {
    if (!isTag(child)) continue;
    const name = localName(child);
    if (name === "r" || name === "fld") text += textContent(childNamed(child, "t") ?? []);
    else if (name === "br") text += " ";
  }
  const properties = childNamed(paragraph, "pPr");
  const isPoint = properties && (childNamed(properties, "buChar") || childNamed(properties, "buAutoNum"));
  const level = isPoint || properties?.attribs.lvl !== undefined ? Number(properties?.attribs.lvl ?? 0) : undefined;
  return { text: text.replace(/\s+/g, " ").trim(), level };
}

/** A table, or the data that a chart was drawn from. */
function frame(
  element: Element,
  place: { slide: number },
  entries: ReadonlyMap<string, Uint8Array>,
  links: ReadonlyMap<string, string>,
): FlowNode[] {
  const rows = elementsNamed(element, "tr").map((row) =>
    elementsNamed(row, "tc").map((cell) =>
      elementsNamed(cell, "p")
        .map((paragraph) => paragraphText(paragraph).text)
        .join(" ")
        .trim(),
    ),
  );
  if (rows.length > 0) return [table(rows, place)];
  const chart = links.get(elementsNamed(element, "chart")[0]?.attribs["r:id"] ?? "");
  return chart ? chartTable(parseXml(entries.get(chart)), place) : [];
}

function table(rows: string[][], place: { slide: number }, caption?: string): FlowNode {
  const columns = Math.max(...rows.map((row) => row.length));
  const even = rows.map((row) => [...row, ...Array<string>(columns - row.length).fill("")]);
  return { kind: "table", rows: even, places: even.map(() => ({ ...place })), ...(caption && { caption }) };
}

/** Office keeps the numbers behind a chart: one row a category, one column a series. */
function chartTable(document: ReturnType<typeof parseXml>, place: { slide: number }): FlowNode[] {
  const series = elementsNamed(document, "ser").map((ser) => ({
    name: points(childNamed(ser, "tx"))[0] ?? "",
    categories: points(childNamed(ser, "cat") ?? childNamed(ser, "xVal")),
    values: points(childNamed(ser, "val") ?? childNamed(ser, "yVal")),
  }));
  const [first] = series;
  if (!first) return [];
  const title = elementsNamed(document, "title")[0];
  const caption =
    title &&
    elementsNamed(title, "t")
      .map((part) => textContent(part))
      .join("")
      .trim();
  const rows = [
    ["", ...series.map(({ name }) => name)],
    ...Array.from({ length: Math.max(...series.map(({ values }) => values.length)) }, (_, i) => [
      first.categories[i] ?? String(i + 1),
      ...series.map(({ values }) => values[i] ?? ""),
    ]),
  ];
  return [table(rows, place, caption)];
}

function points(part: Element | undefined): string[] {
  if (!part) return [];
  const found: string[] = [];
  for (const point of elementsNamed(part, "pt")) {
    const at = Number(point.attribs.idx ?? found.length);
    if (at >= 0 && at < 100_000) found[at] = textContent(elementsNamed(point, "v")).trim();
  }
  return Array.from(found, (text) => text ?? "");
}

function notesOf(document: ReturnType<typeof parseXml>, place: { slide: number }): FlowNode[] {
  const body = elementsNamed(document, "sp").filter((shape) => elementsNamed(shape, "ph")[0]?.attribs.type === "body");
  const lines = body
    .flatMap((shape) => elementsNamed(shape, "p").map((paragraph) => paragraphText(paragraph).text))
    .filter(Boolean);
  return lines.map((line) => ({ kind: "paragraph", lines: [{ text: line, place }] }));
}
