import { setImmediate as breathe } from "node:timers/promises";

export interface Piece {
  /** Where it begins in the text, in UTF-16 units. */
  start: number;
  text: string;
  tokens: number;
}

/** A sentence or line with the space behind it; a sentence runs on over a single line break. */
const unit = /[^\n.!?。！？]*(?:\n\s*|[.!?。！？]+["'”’)\]]*(?:\s+|(?=[^\s.!?。！？]))|[.!?。！？]+$|$)/gu;
/** Units handled before others get their turn. */
const unitsAtOnce = 500;

/**
 * Cuts a text into pieces of at most `maxTokens`, of which about `overlapTokens` repeat the piece before. The cuts lie
 * between sentences or lines where they can, and between words else; a piece is the text as it stands, without the
 * space around it.
 */
export async function* cutText(
  text: string,
  {
    maxTokens,
    overlapTokens = 0,
    countTokens,
  }: { maxTokens: number; overlapTokens?: number; countTokens: (text: string) => number },
): AsyncGenerator<Piece> {
  let held: Piece[] = [];
  let tokens = 0;
  /** Units at the head that the piece before has. */
  let repeated = 0;
  const piece = (): Piece => {
    const last = held.at(-1)!;
    const whole = text.slice(held[0]!.start, last.start + last.text.length);
    const lead = whole.length - whole.trimStart().length;
    return { start: held[0]!.start + lead, text: whole.trim(), tokens };
  };
  let seen = 0;
  for (const next of unitsOf(text, maxTokens, countTokens)) {
    if (++seen % unitsAtOnce === 0) await breathe();
    if (tokens + next.tokens > maxTokens && held.length > repeated) {
      yield piece();
      let kept = held.length;
      let overlap = 0;
      while (kept > 1 && overlap + held[kept - 1]!.tokens <= overlapTokens) overlap += held[--kept]!.tokens;
      held = overlapTokens > 0 ? held.slice(kept) : [];
      tokens = overlapTokens > 0 ? overlap : 0;
      // What is repeated leaves room for what is new.
      while (held.length > 0 && tokens + next.tokens > maxTokens) tokens -= held.shift()!.tokens;
      repeated = held.length;
    }
    held.push(next);
    tokens += next.tokens;
  }
  if (held.length > repeated) yield piece();
}

function* unitsOf(text: string, maxTokens: number, countTokens: (text: string) => number): Generator<Piece> {
  for (const { 0: found, index } of text.matchAll(unit)) {
    if (found.trim() === "") continue;
    const tokens = countTokens(found);
    if (tokens <= maxTokens / 4) yield { start: index, text: found, tokens };
    else yield* splitUnit({ start: index, text: found, tokens }, maxTokens / 8, countTokens);
  }
}

/** A long unit in pieces at spaces, or anywhere in scripts without them. */
function* splitUnit(
  { start, text, tokens }: Piece,
  size: number,
  countTokens: (text: string) => number,
): Generator<Piece> {
  const perPiece = Math.max(1, Math.floor((text.length * Math.max(1, size)) / tokens));
  for (let at = 0; at < text.length; ) {
    let end = Math.min(text.length, at + perPiece);
    if (end < text.length) {
      const space = text.lastIndexOf(" ", end);
      if (space > at) end = space + 1;
      else if (/[\uDC00-\uDFFF]/.test(text[end]!)) end++; // never between the halves of a character
    }
    const piece = text.slice(at, end);
    if (piece.trim() !== "") yield { start: start + at, text: piece, tokens: Math.max(1, countTokens(piece)) };
    at = end;
  }
}
