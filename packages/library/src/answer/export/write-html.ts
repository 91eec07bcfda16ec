import { createHash } from "node:crypto";
import type { AnswerSheet } from "./answer-sheet.ts";
import type { Run } from "./citation-style.ts";

const style = `:root{color-scheme:light dark}body{max-width:44rem;margin:3rem auto;padding:0 1.25rem;font:1.05rem/1.6 "Source Sans 3","Helvetica Neue",Arial,"Noto Sans SC","PingFang SC","Microsoft YaHei",sans-serif}h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}h2{font-size:1.05rem;margin:2.5rem 0 .5rem}.said,.status,.doubt{color:#5d6459;font-size:.9rem}.doubt{color:#a03c1c}sup a{text-decoration:none;padding:0 .15em}figure{margin:1.25rem 0}img{max-width:100%;height:auto;border:1px solid #8886;background:#fff}figcaption{font-size:.9rem}li{margin:.4rem 0;overflow-wrap:anywhere}q{quotes:none}:target{background:#f4e3a655}@media (prefers-color-scheme:dark){.said,.status{color:#a9b0a3}.doubt{color:#f0a080}}@media print{body{margin:0;max-width:none}}`;

/** One file that needs nothing else and runs nothing: styles by their hash, pictures inside it, no scripts. */
export function writeHtml(sheet: AnswerSheet): Uint8Array {
  const { language, words, question, said, sentences, nearest, notes, figures, references } = sheet;
  const hash = createHash("sha256").update(style).digest("base64");
  const policy = `default-src 'none'; img-src data:; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
  const linked = new Set<number>();
  const paragraphs = (list: AnswerSheet["sentences"], tag: "p" | "li") =>
    list
      .map(({ text, notes: numbers, doubt }) => {
        const marks = numbers.map((number) => {
          const id = linked.has(number) ? "" : ` id="m${number}"`;
          linked.add(number);
          return `<sup><a href="#n${number}"${id}>${number}</a></sup>`;
        });
        return `<${tag}>${inHtml(text)}${marks.join("")}${doubt ? ` <span class="doubt">(${inHtml(doubt)})</span>` : ""}</${tag}>`;
      })
      .join("\n");
  const section = (heading: string, body: string) =>
    body ? `<section><h2>${inHtml(heading)}</h2>\n${body}\n</section>` : "";
  const listed = (tag: "ol" | "ul", items: readonly string[]) =>
    items.length > 0 ? `<${tag}>\n${items.join("\n")}\n</${tag}>` : "";
  const html = `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width"><meta name="generator" content="Loam">
<title>${inHtml(question)}</title><style>${style}</style></head>
<body><main><h1>${inHtml(question)}</h1>
<p class="said">${inHtml(said)}</p>
${paragraphs(sentences, "p")}
${section(words.headings.nearest, nearest.length > 0 ? `<ul>${paragraphs(nearest, "li")}</ul>` : "")}
${section(
  words.headings.figures,
  figures
    .map(
      ({ title, png, widthPx, heightPx }) =>
        `<figure><img src="data:image/png;base64,${Buffer.from(png).toString("base64")}" width="${widthPx}" height="${heightPx}" alt="${inHtml(title)}"><figcaption>${inHtml(title)}</figcaption></figure>`,
    )
    .join("\n"),
)}
${section(
  words.headings.notes,
  listed(
    "ol",
    notes.map(
      ({ number, source, quote, status }) =>
        `<li id="n${number}">${runsInHtml(source)}<q>${inHtml(words.quoted(quote))}</q> <span class="status">— ${inHtml(status)}</span> <a href="#m${number}" aria-label="↩ ${number}">↩</a></li>`,
    ),
  ),
)}
${section(
  words.headings.references,
  listed(
    "ul",
    references.map((runs) => `<li>${runsInHtml(runs)}</li>`),
  ),
)}
</main></body></html>
`;
  return new TextEncoder().encode(html);
}

const runsInHtml = (runs: readonly Run[]): string =>
  runs.map(({ text, italic }) => (italic ? `<i>${inHtml(text)}</i>` : inHtml(text))).join("");

function inHtml(text: string): string {
  return text
    .toWellFormed()
    .replace(/(?![\t\n])\p{Cc}/gu, " ")
    .replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
