import { base64Runs, patterns, REDACTED, suspicious, tokenPatterns } from "./secret-patterns.ts";

export { REDACTED } from "./secret-patterns.ts";

/** Values shorter than this are too likely to occur in ordinary text to be erased wherever they stand. */
const MIN_KNOWN_SECRET_CHARS = 6;

const knownSecrets = new Set<string>();
/** Each known secret as it is, percent-encoded and in base64, the longest first. */
let knownForms: string[] = [];

/** Registers a value (an API key read from a file, say) that must never appear in a span. Short values are ignored. */
export function addSecret(value: string | undefined): void {
  if (!value || value.length < MIN_KNOWN_SECRET_CHARS || value === REDACTED || knownSecrets.has(value)) return;
  knownSecrets.add(value);
  shortTexts.clear();
  knownForms = [...new Set([...knownSecrets].flatMap(formsOf))].sort((a, b) => b.length - a.length);
}

/** What has been registered, for another thread that redacts. */
export function registeredSecrets(): string[] {
  return [...knownSecrets];
}

function formsOf(secret: string): string[] {
  const base64 = Buffer.from(secret).toString("base64").replace(/=+$/, "");
  const encoded = encodeURIComponent(secret.toWellFormed());
  return [secret, encoded, ...(base64.length >= 12 ? [base64.slice(0, -1)] : [])];
}

/** Registers the values of all environment variables whose names speak of secrets: `OPENAI_API_KEY`, `PGPASSWORD`. */
export function addSecretsFromEnvironment(environment: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(environment)) if (isSecretName(name)) addSecret(value);
}

const strongNames =
  /(password|passwd|passphrase|passcode|pwd|secret|secrets|secret_?access_?key|api_?keys?|apikey|access_?key(_?id)?|private_?key|signing_?key|encryption_?key|account_?key|client_?secret|authorization|cookie|credentials?|connection_?string|database_?url|dsn|(access|refresh|auth|id|session|bearer|csrf|api|security|bot)_?token)$|密码|密碼|口令|密钥|密鑰|秘钥/;
const weakNames = /(^|_)(token|auth|key|bearer|signature|sig|nonce)$/;

/** `apiKey`, `OPENAI_API_KEY`, `x-api-key`, `set-cookie`: names whose value is a secret whatever it looks like. */
function isSecretName(name: string): boolean {
  return strongNames.test(snake(name));
}

/** Whether a field called `name` may not be recorded with this value. `token: "Hello"` may, `token: "9f86d081…"` may not. */
export function isSecretField(name: string, value: unknown): boolean {
  if (value === null || value === undefined || value === "" || typeof value === "boolean") return false;
  if (name.length > 200) return false;
  const snakeName = snake(name);
  if (strongNames.test(snakeName)) return true;
  return weakNames.test(snakeName) && typeof value === "string" && value.length >= 16 && !/\s/.test(value);
}

const snakeNames = new Map<string, string>();

function snake(name: string): string {
  const known = snakeNames.get(name);
  if (known !== undefined) return known;
  const result = name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^\p{L}\p{N}]+/gu, "_")
    .toLowerCase();
  if (snakeNames.size > 5000) snakeNames.clear();
  snakeNames.set(name, result);
  return result;
}

/** Names, models and other short texts come again with every span: what became of them is kept for a while. */
const shortTexts = new Map<string, string>();
const shortChars = 80;
const shortTextsAtMost = 10_000;

/** The text with every known secret and everything that looks like one replaced by `[redacted]`. Idempotent. */
export function redactText(text: string): string {
  if (text.length < MIN_KNOWN_SECRET_CHARS) return text;
  if (text.length > shortChars) return redactWhole(text);
  const known = shortTexts.get(text);
  if (known !== undefined) return known;
  const clean = redactWhole(text);
  if (shortTexts.size >= shortTextsAtMost) shortTexts.clear();
  shortTexts.set(text, clean);
  return clean;
}

function redactWhole(text: string): string {
  let result = text.includes("\n") && suspicious.test(text) ? redactWrapped(text) : text;
  for (const secret of knownForms) if (result.includes(secret)) result = result.replaceAll(secret, REDACTED);
  if (suspicious.test(result))
    for (const [pattern, replacement] of patterns) result = result.replace(pattern, replacement);
  return hasLongRun(result) ? redactBase64(result) : result;
}

/** Of `base64Runs`: the shortest run, and what it is made of. */
const runChars = 24;
const isRunChar = new Uint8Array(128);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-")
  isRunChar[char.charCodeAt(0)] = 1;

/**
 * Whether a text has a word long enough to be base64 of anything. Most have none, which looking at every 24th character
 * and back from it tells; the pattern itself looks at every character many times.
 */
function hasLongRun(text: string): boolean {
  let from = 0;
  while (from + runChars <= text.length) {
    let at = from + runChars - 1;
    while (at >= from && isRunChar[text.charCodeAt(at)] === 1) at--;
    if (at < from) return true;
    from = at + 1;
  }
  return false;
}

/** Base64 whose bytes are a text with a secret in it. */
function redactBase64(text: string): string {
  return text.replace(base64Runs, (run) => {
    // Words of a language have no such mix; digests and ids decode to bytes that are no text.
    if (!/[A-Z]/.test(run) || !/[a-z]/.test(run)) return run;
    const decoded = Buffer.from(run, "base64").toString("latin1");
    if (!/^[\t\n\r -~]{12,}$/.test(decoded)) return run;
    return hides(decoded) ? REDACTED : run;
  });
}

function hides(text: string): boolean {
  if (knownForms.some((secret) => text.includes(secret))) return true;
  return (
    suspicious.test(text) && patterns.some(([pattern, replacement]) => text.replace(pattern, replacement) !== text)
  );
}

/** A token that was wrapped at the end of a line, with or without a backslash. */
function redactWrapped(text: string): string {
  return text.replace(/(\S{4,200})(\\?\r?\n[ \t]{0,8})(\S{4,200})/g, (whole, line: string, _gap, after: string) => {
    const before = line.replace(/\\$/, "");
    const joined = before + after;
    if (!/\d/.test(after)) return whole;
    for (const pattern of tokenPatterns)
      for (const match of joined.matchAll(pattern))
        if (match.index < before.length && match.index + match[0].length > before.length + 7)
          return `${before.slice(0, match.index)}${REDACTED}${joined.slice(match.index + match[0].length)}`;
    return whole;
  });
}

/**
 * Pieces of one text, such as the chunks of a stream, without the secrets that no piece shows by itself: the piece in
 * which one begins says that it was there, the rest of it is gone from the others.
 */
export function redactPieces(pieces: readonly string[]): string[] {
  const clean = pieces.map(redactText);
  const joined = clean.join("");
  const ends: number[] = [];
  let length = 0;
  for (const piece of clean) ends.push((length += piece.length));
  for (const { from, to } of tokensIn(joined)) {
    let first = true;
    for (const [i, end] of ends.entries()) {
      const begin = i === 0 ? 0 : ends[i - 1]!;
      if (end <= from || begin >= to) continue;
      if (first && to <= end) break; // within one piece, which has been cleaned: not of our making
      const piece = joined.slice(begin, end);
      const head = piece.slice(0, Math.max(0, from - begin));
      const tail = piece.slice(Math.min(piece.length, to - begin));
      clean[i] = first ? `${head}${REDACTED}${tail}` : tail;
      first = false;
    }
  }
  return clean;
}

/** Where tokens stand in a text; one without a digit is taken for words. */
function tokensIn(text: string): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  for (const secret of knownForms) {
    const from = text.indexOf(secret);
    if (from >= 0) found.push({ from, to: from + secret.length });
  }
  if (!suspicious.test(text)) return found;
  for (const pattern of tokenPatterns)
    for (const match of text.matchAll(pattern))
      if (/\d/.test(match[0])) found.push({ from: match.index, to: match.index + match[0].length });
  return found;
}
