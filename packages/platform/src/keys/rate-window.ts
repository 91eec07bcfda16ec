const windowMs = 60_000;

/** What was used within the last minute. */
export class RateWindow {
  #entries: { at: number; amount: number }[] = [];
  #sum = 0;

  add(amount: number, now = Date.now()): void {
    this.#forget(now);
    this.#entries.push({ at: now, amount });
    this.#sum += amount;
  }

  used(now = Date.now()): number {
    this.#forget(now);
    return this.#sum;
  }

  /** How long until no more than `amount` is used, if nothing is added. */
  secondsUntil(amount: number, now = Date.now()): number {
    this.#forget(now);
    let left = this.#sum;
    for (const entry of this.#entries) {
      if (left <= amount) break;
      left -= entry.amount;
      if (left <= amount) return (entry.at + windowMs - now) / 1000;
    }
    return 0;
  }

  #forget(now: number): void {
    let gone = 0;
    while (gone < this.#entries.length && this.#entries[gone]!.at <= now - windowMs)
      this.#sum -= this.#entries[gone++]!.amount;
    if (gone > 0) this.#entries = this.#entries.slice(gone);
  }
}
