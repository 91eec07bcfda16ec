import type { SheetLanguage } from "./sheet-words.ts";

/** The parts of a Word document that are the same in every answer (ECMA-376, part 1). */
const declaration = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const officeTypes = "application/vnd.openxmlformats-officedocument.wordprocessingml";
const officeRelations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const packageNamespace = "http://schemas.openxmlformats.org/package/2006";

/** A part whose root is an element of WordprocessingML. */
export const wordRoot = (name: string, content: string): string =>
  `${declaration}<w:${name} xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:r="${officeRelations}" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" xmlns:pic="http://schemas.openxmlformats.org/drawingml/2006/picture">${content}</w:${name}>`;

export const contentTypes = `${declaration}<Types xmlns="${packageNamespace}/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Default Extension="png" ContentType="image/png"/><Override PartName="/word/document.xml" ContentType="${officeTypes}.document.main+xml"/><Override PartName="/word/styles.xml" ContentType="${officeTypes}.styles+xml"/><Override PartName="/word/footnotes.xml" ContentType="${officeTypes}.footnotes+xml"/></Types>`;

const relations = (content: string): string =>
  `${declaration}<Relationships xmlns="${packageNamespace}/relationships">${content}</Relationships>`;

const relation = (id: string, type: string, target: string): string =>
  `<Relationship Id="${id}" Type="${officeRelations}/${type}" Target="${target}"/>`;

export const packageRelations = relations(relation("document", "officeDocument", "word/document.xml"));

export const documentRelations = (figures: number): string =>
  relations(
    [
      relation("styles", "styles", "styles.xml"),
      relation("footnotes", "footnotes", "footnotes.xml"),
      ...Array.from({ length: figures }, (_, i) => relation(`figure${i + 1}`, "image", `media/figure${i + 1}.png`)),
    ].join(""),
  );

/** The lines that Word draws above footnotes; their ids are reserved. */
export const footnoteSeparators =
  '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote><w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/></w:r></w:p></w:footnote>';

export function styles(language: SheetLanguage): string {
  const paragraphStyle = (id: string, name: string, paragraph: string, text = "", kept = ' w:customStyle="1"') =>
    `<w:style w:type="paragraph"${kept} w:styleId="${id}"><w:name w:val="${name}"/><w:basedOn w:val="Normal"/><w:pPr>${paragraph}</w:pPr><w:rPr>${text}</w:rPr></w:style>`;
  const own = (id: string, name: string, paragraph: string, text = "") => paragraphStyle(id, name, paragraph, text, "");
  return wordRoot(
    "styles",
    [
      `<w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="Calibri" w:hAnsi="Calibri" w:eastAsia="SimSun" w:cs="Calibri"/><w:sz w:val="22"/><w:lang w:val="${language === "en" ? "en-US" : "zh-CN"}" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults>`,
      '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:pPr><w:spacing w:after="140" w:line="288" w:lineRule="auto"/></w:pPr></w:style>',
      own("Title", "Title", '<w:spacing w:after="60"/>', '<w:b/><w:sz w:val="36"/>'),
      own("Subtitle", "Subtitle", '<w:spacing w:after="320"/>', '<w:color w:val="5D6459"/><w:sz w:val="19"/>'),
      own(
        "Heading1",
        "heading 1",
        '<w:keepNext/><w:spacing w:before="360" w:after="120"/><w:outlineLvl w:val="0"/>',
        '<w:b/><w:sz w:val="26"/>',
      ),
      own("ListParagraph", "List Paragraph", '<w:ind w:left="420"/>'),
      own("Caption", "caption", '<w:spacing w:after="240"/>', '<w:sz w:val="19"/>'),
      own("Bibliography", "Bibliography", '<w:ind w:left="420" w:hanging="420"/>'),
      own(
        "FootnoteText",
        "footnote text",
        '<w:spacing w:after="40" w:line="240" w:lineRule="auto"/>',
        '<w:sz w:val="18"/>',
      ),
      paragraphStyle("Figure", "Figure", '<w:keepNext/><w:spacing w:before="120" w:after="60"/>'),
      '<w:style w:type="character" w:styleId="FootnoteReference"><w:name w:val="footnote reference"/><w:rPr><w:vertAlign w:val="superscript"/></w:rPr></w:style>',
    ].join(""),
  );
}

/** Text inside an element or attribute; what XML 1.0 cannot hold becomes a space. */
export function inXml(text: string): string {
  return text
    .toWellFormed()
    .replace(/(?![\t\n])\p{Cc}|[\ufffe\uffff]/gu, " ")
    .replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
