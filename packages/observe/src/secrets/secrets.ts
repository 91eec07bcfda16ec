import { findSecrets, setKnownForms } from "./find-secrets.ts";
import { isDrawn } from "./rules/looks.ts";

/** What a secret is replaced by. The brackets keep it from being taken for one. */
export const REDACTED = "[redacted]";

/** Values shorter than this are too likely to occur in ordinary text to be erased wherever they stand. */
const MIN_KNOWN_SECRET_CHARS = 6;

const knownSecrets = new Set<string>();

/** Registers a value (an API key read from a file, say) that must never appear in a span. Short values are ignored. */
export function addSecret(value: string | undefined): void {
  if (!value || value.length < MIN_KNOWN_SECRET_CHARS || value === REDACTED || knownSecrets.has(value)) return;
  knownSecrets.add(value);
  shortTexts.clear();
  setKnownForms([...new Set([...knownSecrets].flatMap(formsOf))].sort((a, b) => b.length - a.length));
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

/** `${KEY}`, `Bearer ${KEY}`: where the value is to be found, in the environment. */
const reference = /^\s*(?:(?:bearer|basic|token)\s+)?\$\{[A-Za-z_]\w*\}\s*$/i;

/** Whether a field called `name` may not be recorded with this value. `token: "Hello"` may, `token: "9f86d081…"` may not. */
export function isSecretField(name: string, value: unknown): boolean {
  if (value === null || value === undefined || value === "" || typeof value === "boolean") return false;
  if (name.length > 200) return false;
  if (typeof value === "string" && reference.test(value)) return false;
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
  let result = "";
  let at = 0;
  for (const { from, to } of findSecrets(text)) {
    result += text.slice(at, from) + REDACTED;
    at = to;
  }
  return at === 0 ? text : result + text.slice(at);
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
  // From the last to the first, so that what comes before keeps its place.
  for (const { from, to } of findSecrets(joined).reverse()) {
    // One without a digit is taken for words.
    if (!/\d/.test(joined.slice(from, to)) && !isDrawn(joined.slice(from, to))) continue;
    const first = ends.findIndex((end) => end > from);
    if (to <= ends[first]!) continue; // within one piece, which has been cleaned: not of our making
    for (let i = first; i < ends.length && (ends[i - 1] ?? 0) < to; i++) {
      const begin = ends[i - 1] ?? 0;
      const piece = clean[i]!;
      const tail = piece.slice(Math.min(piece.length, Math.max(0, to - begin)));
      clean[i] = i === first ? piece.slice(0, from - begin) + REDACTED + tail : tail;
    }
  }
  return clean;
}
