import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Store } from "@loam/store";
import type { Context } from "hono";
import { getCookie, setCookie } from "hono/cookie";
import { AuthenticationError } from "../http/errors.ts";
import { LoginCodes } from "./login-codes.ts";

/**
 * Access by one token. Programs send it as `Authorization: Bearer`. A browser gets a cookie, either by a link that
 * works once (`/?token=<code>`) or by typing the token; neither the code nor the cookie gives the token away.
 */
export class TokenGate {
  readonly #token: string;
  readonly #session: string;
  readonly #codes: LoginCodes;

  constructor(token: string, store: Pick<Store, "db">) {
    this.#token = token;
    this.#codes = new LoginCodes(store, token);
    this.#session = createHmac("sha256", token).update("loam session").digest("base64url");
  }

  /** A code that opens one session within ten minutes, at any server that has the token. */
  issueLoginCode(): string {
    return this.#codes.issue();
  }

  /** Sets the session cookie when the code is good; a code is good once. */
  async redeem(c: Context, code: string): Promise<boolean> {
    const isGood = await this.#codes.redeem(code);
    if (isGood) this.#startSession(c);
    return isGood;
  }

  /** @throws {AuthenticationError} when this is not the token. */
  logIn(c: Context, token: string): void {
    if (!equal(token, this.#token)) throw wrongToken();
    this.#startSession(c);
  }

  /**
   * Lets a request pass with the token, as its surface has read it, or with a session.
   *
   * @throws {AuthenticationError} otherwise.
   */
  admit(c: Context, credential: string | undefined): void {
    const cookie = getCookie(c, cookieName(c));
    const known =
      credential !== undefined ? equal(credential, this.#token) : cookie !== undefined && equal(cookie, this.#session);
    if (!known) throw wrongToken();
  }

  #startSession(c: Context): void {
    setCookie(c, cookieName(c), this.#session, {
      httpOnly: true,
      sameSite: "Strict",
      path: "/",
      secure: new URL(c.req.url).protocol === "https:",
      maxAge: 30 * 24 * 3600,
    });
  }
}

/** Cookies are shared by all ports of a host, so the port is part of the name. */
function cookieName(c: Context): string {
  return `loam_${/:(\d+)$/.exec(c.req.header("host") ?? "")?.[1] ?? "80"}`;
}

/** Compares in a time that does not depend on where the strings differ. */
function equal(a: string, b: string): boolean {
  const key = randomBytes(32);
  const digest = (text: string) => createHmac("sha256", key).update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function wrongToken(): AuthenticationError {
  return new AuthenticationError(
    "This server asks for a token, and the request has none that fits.",
    "send `Authorization: Bearer <token>`, or open the link that the server printed when it started",
  );
}
