import JSZip from "jszip";
import type { AnswerSheet, SheetFigure, SheetNote } from "./answer-sheet.ts";
import type { Run } from "./citation-style.ts";
import {
  contentTypes,
  documentRelations,
  footnoteSeparators,
  inXml,
  packageRelations,
  styles,
  wordRoot,
} from "./docx-parts.ts";

/** Word's unit of drawings: English metric units, 914,400 an inch. */
const emuPerInch = 914_400;
/** The text width of the page, A4 with margins of an inch. */
const textWidthEmu = 5.9 * emuPerInch;
const picturePixelsPerInch = 150;

/** An answer as a Word document: its notes are Word's own footnotes, its pictures lie inside it, no macros, no links. */
export async function writeDocx(sheet: AnswerSheet): Promise<Uint8Array> {
  const { language, words, question, said, nearest, notes, figures, references } = sheet;
  const used = new Set<number>();
  const body = [
    paragraph(run(question), "Title"),
    paragraph(run(said), "Subtitle"),
    ...sentencesOf(sheet.sentences, { notes, used }),
    ...(nearest.length > 0 ? [paragraph(run(words.headings.nearest), "Heading1")] : []),
    ...sentencesOf(nearest, { notes, used, style: "ListParagraph" }),
    ...(figures.length > 0 ? [paragraph(run(words.headings.figures), "Heading1")] : []),
    ...figures.flatMap((figure, i) => [
      paragraph(picture(figure, i + 1), "Figure"),
      paragraph(run(figure.title), "Caption"),
    ]),
    ...(references.length > 0 ? [paragraph(run(words.headings.references), "Heading1")] : []),
    ...references.map((runs) => paragraph(runsOf(runs), "Bibliography")),
  ];
  const page =
    '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="1440" w:right="1700" w:bottom="1440" w:left="1700" w:header="708" w:footer="708" w:gutter="0"/></w:sectPr>';
  const zip = new JSZip();
  zip.file("[Content_Types].xml", contentTypes);
  zip.file("_rels/.rels", packageRelations);
  zip.file("word/document.xml", wordRoot("document", `<w:body>${body.join("")}${page}</w:body>`));
  zip.file("word/styles.xml", styles(language));
  zip.file(
    "word/footnotes.xml",
    wordRoot("footnotes", footnoteSeparators + notes.map((note) => footnote(note, words)).join("")),
  );
  zip.file("word/_rels/document.xml.rels", documentRelations(figures.length));
  for (const [i, { png }] of figures.entries())
    zip.file(`word/media/figure${i + 1}.png`, png, { compression: "STORE" });
  return await zip.generateAsync({ type: "uint8array", compression: "DEFLATE" });
}

/** A footnote stands where it is first used; later uses refer to its number (Word would number it anew). */
function sentencesOf(
  sentences: AnswerSheet["sentences"],
  { notes, used, style = "Normal" }: { notes: readonly SheetNote[]; used: Set<number>; style?: string },
): string[] {
  return sentences.map(({ text, notes: numbers, doubt }) => {
    const marks = numbers.map((number) => {
      const { number: id } = notes[number - 1]!;
      if (used.has(id))
        return `<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:t xml:space="preserve"> ${id}</w:t></w:r>`;
      used.add(id);
      return `<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteReference w:id="${id}"/></w:r>`;
    });
    return paragraph(
      run(text) + marks.join("") + (doubt ? run(` (${doubt})`, '<w:color w:val="A03C1C"/>') : ""),
      style,
    );
  });
}

function footnote({ number, source, quote, status }: SheetNote, words: AnswerSheet["words"]): string {
  const mark = '<w:r><w:rPr><w:rStyle w:val="FootnoteReference"/></w:rPr><w:footnoteRef/></w:r>';
  const text = runsOf([{ text: " " }, ...source, { text: `${words.quoted(quote)} — ${status}` }]);
  return `<w:footnote w:id="${number}">${paragraph(mark + text, "FootnoteText")}</w:footnote>`;
}

function picture({ widthPx, heightPx, title }: SheetFigure, number: number): string {
  const scale = Math.min(1, textWidthEmu / ((widthPx / picturePixelsPerInch) * emuPerInch));
  const [cx, cy] = [widthPx, heightPx].map((px) => Math.round((px / picturePixelsPerInch) * emuPerInch * scale));
  const named = `id="${number}" name="Figure ${number}" descr="${inXml(title)}"`;
  return `<w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="${cx}" cy="${cy}"/><wp:docPr ${named}/><a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture"><pic:pic><pic:nvPicPr><pic:cNvPr ${named}/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed="figure${number}"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext cx="${cx}" cy="${cy}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r>`;
}

const paragraph = (content: string, style: string): string =>
  `<w:p><w:pPr><w:pStyle w:val="${style}"/></w:pPr>${content}</w:p>`;

function run(text: string, properties = ""): string {
  const lines = text.split("\n").map((line) => `<w:t xml:space="preserve">${inXml(line)}</w:t>`);
  return `<w:r>${properties && `<w:rPr>${properties}</w:rPr>`}${lines.join("<w:br/>")}</w:r>`;
}

const runsOf = (runs: readonly Run[]): string =>
  runs.map(({ text, italic }) => run(text, italic ? "<w:i/>" : "")).join("");
