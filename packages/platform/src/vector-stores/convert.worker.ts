import { parentPort, workerData } from "node:worker_threads";
import { convert as htmlToText } from "html-to-text";
import mammoth from "mammoth";

/** What the thread is given. */
export interface ConvertTask {
  kind: "html" | "docx";
  bytes: Uint8Array;
}

/** The text of an HTML page or of a Word document, whose parsers may take their time. */
async function convert({ kind, bytes }: ConvertTask): Promise<string> {
  if (kind === "docx") {
    const { value } = await mammoth.convertToHtml({ buffer: Buffer.from(bytes) }, { convertImage: noImages });
    return plain(value);
  }
  return plain(new TextDecoder().decode(bytes));
}

const noImages = mammoth.images.imgElement(async () => ({ src: "" }));

function plain(html: string): string {
  return htmlToText(html, {
    wordwrap: false,
    selectors: [
      { selector: "img", format: "skip" },
      { selector: "a", options: { ignoreHref: true } },
      { selector: "table", format: "dataTable", options: { uppercaseHeaderCells: false } },
      ...["h1", "h2", "h3", "h4", "h5", "h6"].map((selector) => ({ selector, options: { uppercase: false } })),
    ],
  });
}

parentPort!.postMessage(await convert(workerData as ConvertTask));
