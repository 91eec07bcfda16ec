import { LoamError } from "@loam/core";
import type { Store } from "@loam/store";
import MarkdownIt from "markdown-it";
import { isBlockName, readBlock } from "./blocks.ts";
import { escapeHtml } from "./line-chart.ts";
import { renderBlock } from "./render-block.ts";

/** HTML in the text stays text, and a link leads only where a link may: what people write cannot run. */
const markdown = new MarkdownIt({ html: false, linkify: true, typographer: false });

/**
 * A report as one HTML file: text, charts as SVG, tables and pictures in it, no script, nothing that is fetched. It
 * says what stood in the store when it was made.
 */
export async function reportToHtml(
  store: Store,
  { title, markdown: text }: { title: string; markdown: string },
  now = new Date(),
): Promise<string> {
  const tokens = markdown.parse(text, {});
  const rendered = new Map<string, string>();
  for (const [i, token] of tokens.entries()) {
    const name = token.info.trim();
    if (token.type !== "fence" || !isBlockName(name)) continue;
    const mark = `loam-block-${i}`;
    rendered.set(mark, await renderOrExplain(store, name, token.content));
    token.type = "html_block";
    token.tag = "";
    token.content = `<!--${mark}-->`;
  }
  const body = markdown.renderer
    .render(tokens, markdown.options, {})
    .replace(/<!--(loam-block-\d+)-->/g, (_, mark: string) => rendered.get(mark) ?? "");
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title><style>${style}</style></head>
<body><main><h1>${escapeHtml(title)}</h1>
${body}
<footer>Made by Loam, ${now.toISOString().slice(0, 16).replace("T", " ")} UTC</footer></main></body></html>
`;
}

/** A block that cannot be made is told where it would stand: the rest of the report is there. */
async function renderOrExplain(store: Store, name: Parameters<typeof readBlock>[0], text: string): Promise<string> {
  try {
    return await renderBlock(store, readBlock(name, text));
  } catch (error) {
    if (!(error instanceof LoamError)) throw error;
    return `<p class="failed">${escapeHtml(error.message)}</p>`;
  }
}

const style = `
:root{color-scheme:light dark;--line:#8886}body{font:16px/1.6 system-ui,sans-serif;margin:0}
main{max-width:800px;margin:0 auto;padding:32px 20px}h1,h2,h3{line-height:1.25}
img,svg{max-width:100%;height:auto}svg text{font-size:11px;fill:currentColor}svg .grid{stroke:var(--line);stroke-width:1}
figure{margin:24px 0}figcaption{font-weight:600}.legend{list-style:none;display:flex;flex-wrap:wrap;gap:4px 16px;padding:0;font-size:13px}
.legend span{display:inline-block;width:12px;height:3px;margin-right:6px;vertical-align:middle}
.table{overflow-x:auto}table{border-collapse:collapse;font-size:14px}th,td{border-bottom:1px solid var(--line);padding:4px 12px;text-align:left}
.number b{font-size:28px}.trace ul{list-style:none;padding:0;font-size:14px}.failed{border-left:4px solid #d55e00;padding-left:12px}
.empty,footer,small{opacity:.7;font-size:13px}pre{overflow-x:auto;padding:12px;border:1px solid var(--line)}code{font-size:14px}`;
