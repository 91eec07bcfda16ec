import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PDFDocument, PDFName, PDFRawStream } from "pdf-lib";

export const samplePaperPath = join(import.meta.dirname, "../sample/loam-sample.pdf");

/** The JPEG pictures of the sample paper in the order they were embedded: the photograph and the scanned leaf. */
export async function sampleImages(): Promise<{ photo: Uint8Array; scan: Uint8Array }> {
  const pdf = await PDFDocument.load(readFileSync(samplePaperPath), { updateMetadata: false });
  const images = pdf.context
    .enumerateIndirectObjects()
    .map(([, object]) => object)
    .filter((object) => object instanceof PDFRawStream)
    .filter((stream) => stream.dict.get(PDFName.of("Filter")) === PDFName.of("DCTDecode"))
    .map((stream) => new Uint8Array(stream.contents));
  const [photo, scan] = images;
  if (!photo || !scan) throw new Error(`${samplePaperPath} holds ${images.length} JPEG pictures, not two`);
  return { photo, scan };
}
