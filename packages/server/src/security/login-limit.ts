import { LoamError } from "@loam/core";

/** Wrong attempts that an address has in a minute, and all addresses together. */
const perAddress = 10;
const inAll = 100;
const windowMs = 60_000;

class TooManyAttemptsError extends LoamError {
  constructor(seconds: number) {
    super("too_many_attempts", "Too many wrong tokens or keys have come from here.", {
      details: { retryAfterSeconds: seconds },
      hint: `try again in ${seconds} s`,
      status: 429,
      exitCode: 2,
    });
  }
}

/** Counts wrong logins, so that nobody guesses for long. A right one is not counted, but waits like any other. */
export class LoginLimit {
  #wrong: { address: string; at: number }[] = [];

  /**
   * @param logIn tries to log in
   * @throws {TooManyAttemptsError} when this address, or all together, have had their share of wrong ones
   */
  async attempt<T>(address: string, logIn: () => Promise<T>): Promise<T> {
    const now = Date.now();
    this.#wrong = this.#wrong.filter(({ at }) => now - at < windowMs);
    const mine = this.#wrong.filter((each) => each.address === address);
    const first = this.#wrong.length >= inAll ? this.#wrong[0] : mine.length >= perAddress ? mine[0] : undefined;
    if (first) throw new TooManyAttemptsError(Math.max(1, Math.ceil((first.at + windowMs - now) / 1000)));
    // Counted before it is known to be wrong: many at once must not all get in.
    const entry = { address, at: now };
    this.#wrong.push(entry);
    const result = await logIn();
    this.#wrong = this.#wrong.filter((each) => each !== entry);
    return result;
  }
}
