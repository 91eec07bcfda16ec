import PostalMime, { type Address, type Attachment } from "postal-mime";
import type { Flow, FlowNode } from "./flow.ts";
import { readHtml } from "./html.ts";
import { readPlainText } from "./plain-text.ts";

/** A message: who wrote to whom, when and about what, its text, and its attachments as documents of their own. */
export async function readMail(bytes: Uint8Array): Promise<Flow> {
  const mail = await PostalMime.parse(bytes, parseOptions);
  const head: [string, string | undefined][] = [
    ["From", mail.from && addresses([mail.from])],
    ["To", mail.to && addresses(mail.to)],
    ["Cc", mail.cc && addresses(mail.cc)],
    ["Date", mail.date],
    ["Subject", mail.subject],
  ];
  const rows = head.flatMap(([name, value]) => (value ? [[name, value.replace(/\s+/g, " ")]] : []));
  const place = { part: "header" };
  const nodes: FlowNode[] = [];
  if (mail.subject) nodes.push({ kind: "heading", level: 1, text: mail.subject, place });
  if (rows.length > 0) {
    const table = [["Header", "Value"], ...rows];
    nodes.push({ kind: "table", rows: table, places: table.map(() => place) });
  }
  const inline = partsById(mail.attachments);
  const page = mail.html ? readHtml(mail.html, { picture: (address) => inline.get(address) }) : undefined;
  const written = page?.nodes ?? readPlainText(mail.text ?? "").sections[0]!.nodes;
  for (const node of written)
    if (node.kind === "table") node.places = node.rows.map((_, i) => ({ part: "message", ...node.places?.[i] }));
    else if (node.kind === "heading") node.place = { part: "message" };
    else if (node.kind !== "picture") for (const line of node.lines) line.place = { part: "message", ...line.place };
  nodes.push(...written);
  return {
    title: mail.subject,
    author: mail.from && addresses([mail.from]),
    sections: [{ label: "Message", nodes, ...(page?.hiddenText && { hiddenText: page.hiddenText }) }],
    attachments: mail.attachments
      .filter(({ disposition, contentId, related }) => disposition === "attachment" || !(contentId && related))
      .map(({ filename, mimeType, content }, i) => ({
        name: filename ?? (mimeType === "message/rfc822" ? `message-${i + 1}.eml` : `attachment-${i + 1}`),
        bytes: new Uint8Array(content as ArrayBuffer),
      })),
  };
}

/** A page saved as one file (.mhtml): a message whose pictures are its parts. */
export async function readSavedPage(bytes: Uint8Array): Promise<ReturnType<typeof readHtml>> {
  const { html, text, attachments } = await PostalMime.parse(bytes, parseOptions);
  const parts = partsById(attachments);
  return readHtml(html ?? `<pre>${text ?? ""}</pre>`, { picture: (address) => parts.get(address) });
}

const parseOptions = { maxNestingDepth: 20, maxHeadersSize: 1 << 20, attachmentEncoding: "arraybuffer" } as const;

/** Parts as their message's page names them: `cid:…`. */
function partsById(attachments: readonly Attachment[]): Map<string, Uint8Array> {
  return new Map(
    attachments.flatMap(({ contentId, content }) =>
      contentId ? [[`cid:${contentId.replace(/^<|>$/g, "")}`, new Uint8Array(content as ArrayBuffer)] as const] : [],
    ),
  );
}

function addresses(list: readonly Address[]): string {
  return list
    .flatMap((one) => one.group ?? [one])
    .map(({ name, address }) => (name && address ? `${name} <${address}>` : name || address))
    .filter(Boolean)
    .join(", ");
}
