import { readFileSync } from "node:fs";
import { join } from "node:path";
import fontkit from "@pdf-lib/fontkit";
import type { PDFDocument, PDFFont } from "pdf-lib";

const files = {
  serif: "serif.ttf",
  serifItalic: "serif-italic.ttf",
  serifBold: "serif-bold.ttf",
  sans: "sans.ttf",
  sansBold: "sans-bold.ttf",
  chinese: "chinese.ttf",
  chineseBold: "chinese-bold.ttf",
} as const;

export type FontName = keyof typeof files;
export type Fonts = Record<FontName, PDFFont>;

function fontBytes(name: FontName): Uint8Array {
  return readFileSync(join(import.meta.dirname, "fonts", files[name]));
}

/** Embeds the fonts. Ligatures are off: they would leave no Unicode text behind for readers. */
export async function embedFonts(pdf: PDFDocument): Promise<Fonts> {
  pdf.registerFontkit(fontkit);
  const fonts: Partial<Fonts> = {};
  for (const name of Object.keys(files) as FontName[]) {
    fonts[name] = await pdf.embedFont(fontBytes(name), {
      customName: `Loam-${name}`,
      features: { liga: false, clig: false, dlig: false, calt: false, locl: false },
    });
  }
  return fonts as Fonts;
}

export function isChinese(character: string): boolean {
  return /[\p{Script=Han}\u3000-\u303f\uff00-\uffef]/u.test(character);
}

/** The Chinese companion of a Latin font. */
export function chineseFor(name: FontName): FontName {
  return name.endsWith("Bold") ? "chineseBold" : "chinese";
}

const outlines = new Map<FontName, ReturnType<typeof fontkit.create>>();

/**
 * Text as an SVG path, its baseline starting at (x, y), so that pictures look the same whatever fonts a machine has.
 * @returns the path data and where the text ends
 */
export function textPath(
  text: string,
  { x, y, size, font }: { x: number; y: number; size: number; font: FontName },
): { path: string; endX: number } {
  const parts: string[] = [];
  let at = x;
  for (const character of text) {
    const name = isChinese(character) ? chineseFor(font) : font;
    let outline = outlines.get(name);
    if (!outline) outlines.set(name, (outline = fontkit.create(fontBytes(name))));
    const glyph = outline.glyphForCodePoint(character.codePointAt(0)!);
    if (glyph.id === 0) throw new Error(`${name} has no glyph for "${character}": see fonts/README.md`);
    const scale = size / outline.unitsPerEm;
    parts.push(
      glyph.path.toSVG().replace(/(-?[\d.]+)[ ,](-?[\d.]+)/g, (_: string, px: string, py: string) => {
        return `${(at + Number(px) * scale).toFixed(2)} ${(y - Number(py) * scale).toFixed(2)}`;
      }),
    );
    at += glyph.advanceWidth * scale;
  }
  return { path: parts.join(""), endX: at };
}
