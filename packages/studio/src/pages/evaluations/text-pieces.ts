import type { PairAlignmentJson } from "@loam/server";

export type Side = "candidate" | "reference";

/** A stretch of a text that is drawn in one way. */
export interface TextPiece {
  start: number;
  text: string;
  /** The token it is; undefined for what stands between tokens. */
  token?: number;
  /** Positions of the matches it belongs to. */
  matches: number[];
}

/** A text cut at its tokens. What stands between two tokens belongs to the matches that run through both. */
export function toPieces(
  text: string,
  side: Side,
  alignment: Pick<PairAlignmentJson, "candidate" | "reference" | "matches">,
): TextPiece[] {
  const tokens = alignment[side];
  const ofToken: number[][] = tokens.map(() => []);
  const ofGap = new Map<number, number[]>();
  for (const [m, match] of alignment.matches.entries()) {
    for (const [k, token] of match[side].entries()) {
      ofToken[token]?.push(m);
      if (match[side][k + 1] === token + 1) ofGap.set(token, [...(ofGap.get(token) ?? []), m]);
    }
  }
  const pieces: TextPiece[] = [];
  let at = 0;
  for (const [i, { start, end }] of tokens.entries()) {
    if (end <= at && end > start) continue; // a token within the one before
    if (start > at) pieces.push({ start: at, text: text.slice(at, start), matches: ofGap.get(i - 1) ?? [] });
    const from = Math.max(start, at);
    if (end > from) pieces.push({ start: from, text: text.slice(from, end), token: i, matches: ofToken[i]! });
    at = Math.max(at, end);
  }
  if (at < text.length) pieces.push({ start: at, text: text.slice(at), matches: [] });
  return pieces;
}

/** What a match covers, as one would read it: words of an n-gram together, words of a pair with dots between. */
export function matchLabel(
  text: string,
  side: Side,
  { matches, ...sides }: Pick<PairAlignmentJson, "candidate" | "reference" | "matches">,
  match: number,
): string {
  const tokens = matches[match]![side].map((i) => ({ i, ...sides[side][i]! }));
  return tokens.reduce((label, { i, start, end }, k) => {
    const before = tokens[k - 1];
    if (!before) return text.slice(start, end) || sides[side][i]!.token;
    return before.i + 1 === i ? label + text.slice(before.end, end) : `${label} … ${text.slice(start, end)}`;
  }, "");
}
