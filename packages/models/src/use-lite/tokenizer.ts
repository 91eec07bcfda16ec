/** The word separator of SentencePiece, U+2581. */
const SEPARATOR = "\u2581";
/** The unknown piece, the sentence marks and three user-defined symbols: never matched in text. */
const RESERVED_PIECES = 6;
const UNKNOWN_ID = 0;

interface TrieNode {
  children: Map<string, TrieNode>;
  /** Id of the piece that ends here. */
  id: number;
}

/**
 * SentencePiece with a unigram vocabulary: the most probable segmentation by Viterbi (arXiv:1804.10959), with the
 * choices of the Universal Sentence Encoder Lite's own tokenizer (@tensorflow-models/universal-sentence-encoder):
 * NFKC, spaces become separators one for one, a character that starts no piece is unknown at score 0, among equal
 * scores the segmentation whose last piece starts latest wins, and neighbouring unknowns are merged.
 */
export class UnigramTokenizer {
  readonly #root: TrieNode = { children: new Map(), id: -1 };
  readonly #scores: Float64Array;

  /** @param vocabulary piece and log probability, in the order of the ids. */
  constructor(vocabulary: readonly (readonly [piece: string, score: number])[]) {
    this.#scores = Float64Array.from(vocabulary, ([, score]) => score);
    for (let id = RESERVED_PIECES; id < vocabulary.length; id++) {
      let node = this.#root;
      for (const character of vocabulary[id]![0]) {
        let child = node.children.get(character);
        if (!child) node.children.set(character, (child = { children: new Map(), id: -1 }));
        node = child;
      }
      node.id = id;
    }
  }

  /** Piece ids of the text; none for an empty one. */
  encode(text: string): number[] {
    const normalized = text.normalize("NFKC");
    if (normalized === "") return [];
    const characters = [...(SEPARATOR + normalized.replaceAll(" ", SEPARATOR))];
    const length = characters.length;
    const best = new Float64Array(length + 1); // 0 until reached, as in the reference
    const pieceAt = new Int32Array(length + 1);
    const startOf = new Int32Array(length + 1);
    for (let start = 0; start < length; start++) {
      let node: TrieNode | undefined = this.#root.children.get(characters[start]!);
      let matched = false;
      for (let end = start + 1; node; end++) {
        if (node.id >= 0) {
          matched = true;
          relax(start, end, node.id, this.#scores[node.id]!);
        }
        node = end < length ? node.children.get(characters[end]!) : undefined;
      }
      if (!matched) relax(start, start + 1, UNKNOWN_ID, 0);
    }
    const ids: number[] = [];
    for (let end = length; end > 0; end = startOf[end]!) {
      const id = pieceAt[end]!;
      if (id !== UNKNOWN_ID || ids.at(-1) !== UNKNOWN_ID) ids.push(id);
    }
    return ids.reverse();

    function relax(start: number, end: number, id: number, pieceScore: number): void {
      const score = pieceScore + best[start]!;
      if (best[end] === 0 || score >= best[end]!) {
        best[end] = score;
        pieceAt[end] = id;
        startOf[end] = start;
      }
    }
  }
}
