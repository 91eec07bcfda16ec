import { InputError } from "@loam/core";
import {
  type PDFDocument,
  type PDFFont,
  PDFHexString,
  PDFName,
  type PDFPage,
  type PDFRef,
  PDFString,
  StandardFonts,
} from "./pdf-objects.ts";

/** What draws a stretch of text: shown text is given as the bytes that the font's encoding has for it. */
export interface SheetFont {
  ref: PDFRef;
  /** The name under which pages know it. */
  name: string;
  encode(text: string): PDFHexString;
  widthOf(text: string, sizePt: number): number;
  has(character: string): boolean;
}

export interface SheetFonts {
  /** The font for each stretch of a text. */
  split(text: string, style: "regular" | "bold" | "italic"): { text: string; font: SheetFont }[];
  /** The font's key in the resources of a page. */
  onPage(page: PDFPage, font: SheetFont): PDFName;
}

/** Signs that the fonts do not have, by those that look the same. */
const twins: Record<string, string> = {
  ...{ "\u2212": "–", "\u2010": "-", "\u2011": "-", "\u00a0": " ", "\u2009": " ", "\u202f": " ", "\u200b": "" },
  ...{ "\u2007": " ", "\u2002": " ", "\u2003": " ", "\ufb01": "fi", "\ufb02": "fl", "\ufb00": "ff", "\u00ad": "" },
  ...{ "\t": " ", "\n": " ", "\r": " ", "↩": "", "✓": "√" },
};

/**
 * The fonts of a written answer, none of which is carried in the file (docs/decisions/0680): Helvetica, which every
 * reader of PDFs has, and for everything it lacks the fonts that ISO 32000 §9.7.5.2 names for Chinese and Korean, which
 * readers know by their character collections and draw with what the machine has.
 */
export async function sheetFonts(pdf: PDFDocument): Promise<SheetFonts> {
  const latin = {
    regular: latinFont(await pdf.embedFont(StandardFonts.Helvetica), "Latin"),
    bold: latinFont(await pdf.embedFont(StandardFonts.HelveticaBold), "LatinBold"),
    italic: latinFont(await pdf.embedFont(StandardFonts.HelveticaOblique), "LatinItalic"),
  };
  const wide = [
    collectionFont(pdf, { name: "STSong-Light", collection: "GB1", encoding: "UniGB-UTF16-H", charset: "gbk" }),
    collectionFont(pdf, {
      name: "HYSMyeongJo-Medium",
      collection: "Korea1",
      encoding: "UniKS-UTF16-H",
      charset: "euc-kr",
    }),
  ];
  return {
    split(text, style) {
      const pieces: { text: string; font: SheetFont }[] = [];
      for (const character of inTwins(text)) {
        const font = [latin[style], ...wide].find(({ has }) => has(character));
        if (!font) throw noFont(text, character);
        const last = pieces.at(-1);
        if (last?.font === font) last.text += character;
        else pieces.push({ text: character, font });
      }
      return pieces;
    },
    onPage: (page, { name, ref }) => {
      const key = PDFName.of(name);
      page.node.setFontDictionary(key, ref);
      return key;
    },
  };
}

const inTwins = (text: string): string => {
  const composed = text.toWellFormed().normalize("NFC");
  return [...composed].map((character) => twins[character] ?? (/\p{Cc}/u.test(character) ? " " : character)).join("");
};

function noFont(text: string, character: string): InputError {
  const code = character.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0");
  return new InputError("no_font", `A PDF without fonts of its own cannot show “${character}” (U+${code}).`, {
    details: { character, text: text.slice(0, 200) },
    hint: "write the answer as .docx or .html, which use the reader's fonts",
  });
}

function latinFont(font: PDFFont, name: string): SheetFont {
  const known = new Set(font.getCharacterSet());
  return {
    ...{ name, ref: font.ref },
    encode: (text) => font.encodeText(text),
    widthOf: (text, sizePt) => font.widthOfTextAtSize(text, sizePt),
    has: (character) => known.has(character.codePointAt(0)!),
  };
}

interface Collection {
  name: string;
  collection: "GB1" | "Korea1";
  encoding: string;
  /** The charset that the collection was made for: what it has, in the names of TextDecoder. */
  charset: "gbk" | "euc-kr";
}

function collectionFont(pdf: PDFDocument, { name, collection, encoding, charset }: Collection): SheetFont {
  const { context } = pdf;
  const descriptor = context.register(
    context.obj({
      ...{ Type: "FontDescriptor", FontName: name, Flags: 6, FontBBox: [-25, -254, 1000, 880], ItalicAngle: 0 },
      ...{ Ascent: 880, Descent: -120, CapHeight: 880, StemV: 93 },
    }),
  );
  const descendant = context.register(
    context.obj({
      ...{ Type: "Font", Subtype: "CIDFontType0", BaseFont: name, FontDescriptor: descriptor, DW: 1000 },
      CIDSystemInfo: { Registry: PDFString.of("Adobe"), Ordering: PDFString.of(collection), Supplement: 1 },
    }),
  );
  const ref = context.register(
    context.obj({ Type: "Font", Subtype: "Type0", BaseFont: name, Encoding: encoding, DescendantFonts: [descendant] }),
  );
  let known: Set<string> | undefined;
  return {
    ...{ name: collection, ref },
    encode: (text) => PDFHexString.of(Buffer.from(text, "utf16le").swap16().toString("hex")),
    widthOf: (text, sizePt) => [...text].length * sizePt,
    has: (character) => {
      known ??= charactersOf(charset);
      return known.has(character);
    },
  };
}

/** What the two-byte codes of a charset stand for. */
function charactersOf(charset: Collection["charset"]): Set<string> {
  const decoder = new TextDecoder(charset);
  const codes = new Uint8Array(126 * 191 * 3);
  let at = 0;
  for (let lead = 0x81; lead <= 0xfe; lead++)
    for (let trail = 0x40; trail <= 0xfe; trail++) if (trail !== 0x7f) codes.set([lead, trail, 0x0a], (at += 3) - 3);
  const lines = decoder.decode(codes.subarray(0, at)).split("\n");
  return new Set(lines.filter((line) => [...line].length === 1 && line !== "\ufffd" && !/\p{Co}|\p{Cc}/u.test(line)));
}
