/** A text as it reads when one encoding is taken off, and where each of its characters stood. */
export interface DecodedView {
  text: string;
  /** Of `text`'s length and one more: where character `i` began in the encoded text. */
  starts: Uint32Array;
}

/** A piece of the encoded text and what it stands for; `undefined` leaves it as it is. */
type Decode = (piece: string) => string | undefined;

function decode(text: string, pieces: RegExp, decodeOne: Decode): DecodedView | undefined {
  let plain = "";
  const starts = new Uint32Array(text.length + 1);
  let at = 0;
  let changed = false;
  const copy = (to: number) => {
    const length = plain.length;
    plain += text.slice(at, to);
    for (let i = length; i < plain.length; i++) starts[i] = at + i - length;
    at = to;
  };
  for (const match of text.matchAll(pieces)) {
    const decoded = decodeOne(match[0]);
    if (decoded === undefined) continue;
    copy(match.index);
    // Where one piece is several characters, all of them begin with it.
    for (let i = 0; i < decoded.length; i++) starts[plain.length + i] = match.index;
    plain += decoded;
    at = match.index + match[0].length;
    changed = true;
  }
  if (!changed) return undefined;
  copy(text.length);
  starts[plain.length] = text.length;
  return { text: plain, starts: starts.subarray(0, plain.length + 1) };
}

const escapes: Record<string, string> = { n: "\n", r: "\r", t: "\t", '"': '"', "'": "'", "\\": "\\", "/": "/" };
const entities: Record<string, string> = { quot: '"', apos: "'", amp: "&", lt: "<", gt: ">", nbsp: " " };

/** An encoding that texts come in. */
interface Encoding {
  /** Global, of one encoded character, so that each knows its own place. */
  pieces: RegExp;
  decode: Decode;
  /** Where it can be told that a text has none of it. */
  isIn(text: string): boolean;
}

const encodings: Encoding[] = [
  // \", \n and \u0041 of JSON and source code.
  {
    pieces: /\\(?:u[0-9a-fA-F]{4}|["'\\/nrt])/g,
    decode: (piece) =>
      piece[1] === "u" ? String.fromCharCode(Number.parseInt(piece.slice(2), 16)) : escapes[piece[1]!],
    isIn: (text) => text.includes("\\"),
  },
  // %3D; characters that are no ASCII are several.
  {
    pieces: /(?:%[89a-fA-F][0-9a-fA-F])+|%[0-7][0-9a-fA-F]/g,
    decode: decodePercent,
    isIn: (text) => text.includes("%"),
  },
  // In forms a `+` is a space; one without any escape has neither spaces nor quotes.
  {
    pieces: /(?:%[89a-fA-F][0-9a-fA-F])+|%[0-7][0-9a-fA-F]|\+/g,
    decode: (piece) => (piece === "+" ? " " : decodePercent(piece)),
    isIn: (text) => text.includes("+") && (/%[0-9a-fA-F]{2}/.test(text) || /^[^\s"'<>]*=[^\s"'<>]*$/.test(text)),
  },
  {
    pieces: /&(?:quot|apos|amp|lt|gt|nbsp|#\d{2,4}|#[xX][0-9a-fA-F]{2,4});/g,
    decode: (piece) => {
      const name = piece.slice(1, -1);
      if (!name.startsWith("#")) return entities[name];
      return String.fromCharCode(/^#x/i.test(name) ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1)));
    },
    isIn: (text) => text.includes("&"),
  },
];

function decodePercent(piece: string): string | undefined {
  try {
    return decodeURIComponent(piece);
  } catch {
    return undefined;
  }
}

/** A token that was wrapped at the end of a line, with or without a backslash. */
export function unwrapped(text: string): DecodedView | undefined {
  return decode(text, /(?<=[A-Za-z0-9_-]{4})\\?\r?\n[ \t]{0,8}(?=[A-Za-z0-9_-]{4})/g, () => "");
}

/** How far a secret reaches from an encoded character: back to the word that tells it, and on to its end. */
const before = 240;
const after = 1200;

/** The readings of a text with one encoding taken off, each of the places where something is encoded. */
export function decodedViews(text: string): DecodedView[] {
  const views: DecodedView[] = [];
  for (const { pieces, decode: decodeOne, isIn } of encodings) {
    if (!isIn(text)) continue;
    let from = -1;
    let to = 0;
    const close = () => {
      if (from < 0) return;
      const view = decode(text.slice(from, to), pieces, decodeOne);
      if (!view) return;
      for (let i = 0; i < view.starts.length; i++) view.starts[i]! += from;
      views.push(view);
    };
    for (const { index } of text.matchAll(pieces)) {
      if (from < 0 || index - before > to) {
        close();
        from = Math.max(0, index - before);
      }
      to = Math.min(text.length, index + after);
    }
    close();
  }
  return views;
}
