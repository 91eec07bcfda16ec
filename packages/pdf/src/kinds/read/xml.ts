import { type Document, type Element, isTag, type ParentNode } from "domhandler";
import { textContent } from "domutils";
import { parseTree } from "./parse-tree.ts";

/** XML as a tree; names keep their prefixes. Entities beyond the five of XML are not expanded. */
export function parseXml(bytes: Uint8Array | undefined): Document {
  return parseTree(bytes ? new TextDecoder().decode(bytes) : "", { xml: true });
}

/** The elements below with a name (its prefix aside), in order. Goes as deep as the tree, without recursion. */
export function elementsNamed(root: ParentNode, name: string): Element[] {
  const found: Element[] = [];
  const waiting = [...root.children].reverse();
  while (waiting.length > 0) {
    const node = waiting.pop()!;
    if (!isTag(node)) continue;
    if (localName(node) === name) found.push(node);
    for (let i = node.children.length - 1; i >= 0; i--) waiting.push(node.children[i]!);
  }
  return found;
}

/** The direct child with a name. */
export function childNamed(parent: ParentNode, name: string): Element | undefined {
  return parent.children.find((node): node is Element => isTag(node) && localName(node) === name);
}

export function localName({ name }: Element): string {
  return name.slice(name.indexOf(":") + 1);
}

/** Title and author as `docProps/core.xml` gives them. */
export function coreProperties(bytes: Uint8Array | undefined): { title?: string; author?: string } {
  const core = parseXml(bytes);
  const text = (name: string) => {
    const [element] = elementsNamed(core, name);
    return (element && textContent(element).trim()) || undefined;
  };
  return { title: text("title"), author: text("creator") };
}

/** Targets by id of a part's relationships, as paths inside the archive. */
export function relationships(entries: ReadonlyMap<string, Uint8Array>, part: string): Map<string, string> {
  const at = part.lastIndexOf("/");
  const folder = part.slice(0, at + 1);
  const links = parseXml(entries.get(`${folder}_rels/${part.slice(at + 1)}.rels`));
  return new Map(
    elementsNamed(links, "Relationship").map(({ attribs }) => [
      attribs.Id ?? "",
      resolve(folder, attribs.Target ?? ""),
    ]),
  );
}

/** A relative address inside an archive: `ppt/slides/` + `../media/a.png` = `ppt/media/a.png`. */
export function resolve(folder: string, target: string): string {
  if (target.startsWith("/")) return target.slice(1);
  const parts: string[] = [];
  for (const part of `${folder}${target}`.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  return parts.join("/");
}
