import { PDFDocument, StandardFonts } from "pdf-lib";

/** A PDF with one paragraph per page, each under a heading. */
export async function makePdf(title: string, pages: readonly string[]): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  pdf.setTitle(title);
  const [plain, bold] = [
    await pdf.embedFont(StandardFonts.Helvetica),
    await pdf.embedFont(StandardFonts.HelveticaBold),
  ];
  for (const [index, text] of pages.entries()) {
    const page = pdf.addPage([595, 842]);
    page.drawText(`${index + 1} Section ${index + 1}`, { x: 72, y: 750, size: 16, font: bold });
    page.drawText(text, { x: 72, y: 715, size: 11, font: plain, maxWidth: 450, lineHeight: 15 });
  }
  return pdf.save();
}
