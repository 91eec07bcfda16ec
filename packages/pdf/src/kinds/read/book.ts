import { InputError } from "@loam/core";
import { textContent } from "domutils";
import { type Flow, type FlowSection, placeUnderHeadings } from "./flow.ts";
import { readHtml } from "./html.ts";
import { unpacked } from "./measure.ts";
import { elementsNamed, parseXml, resolve } from "./xml.ts";

/**
 * An EPUB: the chapters in the order of its spine, each a section.
 *
 * @throws {InputError} `invalid_file` for a damaged EPUB; `unsupported_encryption` for a locked one.
 */
export async function readBook(name: string, bytes: Uint8Array): Promise<Flow> {
  const entries = await unpacked(name, bytes);
  const container = parseXml(entries.get("META-INF/container.xml"));
  const root = elementsNamed(container, "rootfile")[0]?.attribs["full-path"];
  const packageBytes = root === undefined ? undefined : entries.get(root);
  if (root === undefined || !packageBytes)
    throw new InputError("invalid_file", `${name} is a damaged EPUB: it names no package document.`, {
      hint: "save it again",
    });
  if (
    entries.has("META-INF/encryption.xml") &&
    /#aes|adept|apple/i.test(new TextDecoder().decode(entries.get("META-INF/encryption.xml")))
  )
    throw new InputError("unsupported_encryption", `${name} is locked by its seller (DRM).`, {
      hint: "get a copy without a lock",
    });
  const book = parseXml(packageBytes);
  const folder = root.slice(0, root.lastIndexOf("/") + 1);
  const manifest = new Map(
    elementsNamed(book, "item").map(({ attribs }) => [attribs.id ?? "", resolve(folder, decode(attribs.href ?? ""))]),
  );
  const sections = elementsNamed(book, "itemref").flatMap(({ attribs }): FlowSection[] => {
    const path = manifest.get(attribs.idref ?? "");
    const chapter = path === undefined ? undefined : entries.get(path);
    if (path === undefined || !chapter) return [];
    const own = path.slice(0, path.lastIndexOf("/") + 1);
    const { title, ...section } = readHtml(new TextDecoder().decode(chapter), {
      picture: (address) => entries.get(resolve(own, decode(address))),
    });
    return section.nodes.length > 0 ? [{ ...section, ...(title && { label: title }) }] : [];
  });
  placeUnderHeadings(sections);
  const text = (tag: string) => {
    const [element] = elementsNamed(book, tag);
    return (element && textContent(element).trim()) || undefined;
  };
  return { title: text("title"), author: text("creator"), sections };
}

function decode(address: string): string {
  try {
    return decodeURIComponent(address.replace(/#.*$/, ""));
  } catch {
    return address;
  }
}
