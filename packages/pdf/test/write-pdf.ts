import { PDFDocument, StandardFonts } from "pdf-lib";

/** A small PDF: one page for each list of paragraphs; the first line of a page that begins with `#` is a heading. */
export async function writePdf(
  pages: readonly (readonly string[])[],
  { title }: { title?: string } = {},
): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  if (title) pdf.setTitle(title);
  // The same content gives the same bytes.
  pdf.setCreationDate(new Date(0));
  pdf.setModificationDate(new Date(0));
  const font = await pdf.embedFont(StandardFonts.Helvetica);
  const bold = await pdf.embedFont(StandardFonts.HelveticaBold);
  for (const paragraphs of pages) {
    const page = pdf.addPage([612, 792]);
    let y = 720;
    for (const paragraph of paragraphs) {
      const heading = paragraph.startsWith("# ");
      const size = heading ? 18 : 11;
      for (const line of wrap(paragraph.replace(/^# /, ""), heading ? 50 : 85)) {
        page.drawText(line, { x: 72, y, size, font: heading ? bold : font });
        y -= size * 1.3;
      }
      y -= 14;
    }
  }
  return pdf.save();
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [""];
  for (const word of text.split(" ")) {
    if (lines.at(-1)!.length + word.length > width) lines.push("");
    lines[lines.length - 1] += (lines.at(-1) ? " " : "") + word;
  }
  return lines;
}
