import mammoth from "mammoth";
import type { Flow } from "./flow.ts";
import { readHtml } from "./html.ts";
import { seenWord } from "./word-seen.ts";

/** Paragraph styles beyond mammoth's own: titles, captions and quotes, in the languages that Word names them in. */
const styleMap = [
  "p[style-name='Title'] => h1:fresh",
  "p[style-name='Subtitle'] => h2:fresh",
  "p[style-name='标题'] => h1:fresh",
  "p[style-name='caption'] => p.caption:fresh",
  "p[style-name='Code'] => pre:separator('\n')",
  "p[style-name='HTML Preformatted'] => pre:separator('\n')",
];

/** A Word document with its tables, notes and pictures; text that is set as hidden stands apart. */
export async function readWord(name: string, bytes: Uint8Array): Promise<Flow> {
  const { buffer, title, author, hiddenText } = await seenWord(name, bytes);
  const { value } = await mammoth.convertToHtml({ buffer }, { styleMap });
  const { nodes } = readHtml(value);
  return { title, author, sections: [{ nodes, ...(hiddenText && { hiddenText }) }] };
}
