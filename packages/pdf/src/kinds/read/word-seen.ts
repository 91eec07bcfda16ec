import type { Element } from "domhandler";
import { getOuterHTML, removeElement, textContent } from "domutils";
import JSZip from "jszip";
import { measureUnpacked } from "./measure.ts";
import { childNamed, coreProperties, elementsNamed, localName, parseXml } from "./xml.ts";

const main = "word/document.xml";
const hiddenLength = 2000;

/** A Word document without the text that is set so that nobody sees it, and the beginning of that text. */
export async function seenWord(
  name: string,
  bytes: Uint8Array,
): Promise<{ buffer: Buffer; title?: string; author?: string; hiddenText?: string }> {
  await measureUnpacked(name, bytes);
  const zip = await JSZip.loadAsync(bytes);
  const properties = coreProperties(await zip.file("docProps/core.xml")?.async("uint8array"));
  const written = (await zip.file(main)?.async("uint8array")) ?? new Uint8Array();
  const mayHide = /<w:vanish|w:val="(?:FFFFFF|ffffff|1|2)"/.test(Buffer.from(written).toString("latin1"));
  if (!mayHide) return { ...properties, buffer: asBuffer(bytes) };
  const document = parseXml(written);
  const hidden: string[] = [];
  for (const run of elementsNamed(document, "r")) {
    if (!isUnseen(run)) continue;
    hidden.push(textContent(run));
    removeElement(run);
  }
  const hiddenText = hidden.join("").replace(/\s+/g, " ").trim().slice(0, hiddenLength);
  if (hidden.length === 0) return { ...properties, buffer: asBuffer(bytes) };
  zip.file(main, getOuterHTML(document, { xmlMode: true }));
  return { ...properties, buffer: await zip.generateAsync({ type: "nodebuffer" }), hiddenText };
}

/** Hidden by Word's own switch, of one point or less, or white on the white of the page. */
function isUnseen(run: Element): boolean {
  const properties = childNamed(run, "rPr");
  if (!properties) return false;
  const value = (name: string) => {
    const found = childNamed(properties, name);
    return found && (found.attribs["w:val"] ?? "true");
  };
  const vanish = value("vanish");
  if (vanish !== undefined && vanish !== "0" && vanish !== "false") return true;
  const halfPoints = Number(value("sz"));
  if (halfPoints > 0 && halfPoints <= 2) return true;
  return value("color")?.toUpperCase() === "FFFFFF" && !hasGround(run, properties);
}

/** Table styles bring grounds of their own: white in a table is a header. */
function hasGround(run: Element, properties: Element): boolean {
  if (childNamed(properties, "shd") || childNamed(properties, "highlight")) return true;
  for (let above = run.parent; above && "name" in above; above = above.parent) {
    const name = localName(above);
    if (name === "tc" || name === "txbxContent") return true;
    const own = name === "p" ? childNamed(above, "pPr") : undefined;
    if (own && childNamed(own, "shd")) return true;
  }
  return false;
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
