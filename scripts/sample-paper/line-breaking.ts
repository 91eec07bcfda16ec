/** A piece of a line that is never broken, and the space that may follow it. */
export interface Piece {
  text: string;
  widthPt: number;
  /** Natural space after the piece when the line goes on. */
  spacePt: number;
  /** How readily that space stretches; 0 between pieces that must stay together. */
  stretch: number;
  /** Whether the line may end after this piece. */
  breakable: boolean;
}

/**
 * Breaks pieces into lines of `widthPt` so that the squared looseness of all lines together is least, as TeX does
 * (Knuth and Plass 1981), without hyphenation. The last line counts only when it is too long.
 *
 * @returns for each line, the index after its last piece
 */
export function breakLines(pieces: readonly Piece[], widthPt: number): number[] {
  const cost = new Array<number>(pieces.length + 1).fill(Infinity);
  const from = new Array<number>(pieces.length + 1).fill(0);
  cost[0] = 0;
  for (let start = 0; start < pieces.length; start++) {
    if (cost[start] === Infinity) continue;
    let natural = 0;
    let stretch = 0;
    for (let end = start + 1; end <= pieces.length; end++) {
      const piece = pieces[end - 1]!;
      natural += piece.widthPt;
      const last = end === pieces.length;
      if (piece.breakable || last) {
        const slack = widthPt - natural;
        if (slack < -0.01 && end > start + 1) break;
        const looseness = last && slack >= 0 ? 0 : (slack / Math.max(1, stretch)) ** 2 + 1;
        if (cost[start]! + looseness < cost[end]!) {
          cost[end] = cost[start]! + looseness;
          from[end] = start;
        }
      }
      natural += piece.spacePt;
      stretch += piece.stretch;
    }
  }
  const ends: number[] = [];
  for (let end = pieces.length; end > 0; end = from[end]!) ends.unshift(end);
  return ends;
}
