/** Keeps the k highest scores of a stream in a binary min-heap; equal scores keep the lower id. */
export class TopK {
  readonly #k: number;
  readonly #ids: number[] = [];
  readonly #scores: number[] = [];

  constructor(k: number) {
    this.#k = k;
  }

  /** A score must exceed this to get in; -Infinity while there is room. */
  get threshold(): number {
    return this.#ids.length < this.#k ? Number.NEGATIVE_INFINITY : this.#k === 0 ? Infinity : this.#scores[0]!;
  }

  offer(id: number, score: number): void {
    if (this.#ids.length < this.#k) {
      this.#ids.push(id);
      this.#scores.push(score);
      this.#up(this.#ids.length - 1);
    } else if (this.#k > 0 && this.#below(0, id, score)) {
      this.#ids[0] = id;
      this.#scores[0] = score;
      this.#down(0);
    }
  }

  /** Best first. */
  sorted(): { id: number; score: number }[] {
    return this.#ids.map((id, i) => ({ id, score: this.#scores[i]! })).sort((a, b) => b.score - a.score || a.id - b.id);
  }

  /** Whether entry i is worse than the given one. */
  #below(i: number, id: number, score: number): boolean {
    return this.#scores[i]! < score || (this.#scores[i] === score && this.#ids[i]! > id);
  }

  #up(at: number): void {
    let i = at;
    while (i > 0) {
      const parent = (i - 1) >> 1;
      if (!this.#below(i, this.#ids[parent]!, this.#scores[parent]!)) return;
      this.#swap(i, parent);
      i = parent;
    }
  }

  #down(at: number): void {
    let i = at;
    for (;;) {
      let worst = i;
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < this.#ids.length && this.#below(child, this.#ids[worst]!, this.#scores[worst]!)) worst = child;
      }
      if (worst === i) return;
      this.#swap(i, worst);
      i = worst;
    }
  }

  #swap(i: number, j: number): void {
    [this.#ids[i], this.#ids[j]] = [this.#ids[j]!, this.#ids[i]!];
    [this.#scores[i], this.#scores[j]] = [this.#scores[j]!, this.#scores[i]!];
  }
}
