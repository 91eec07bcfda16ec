/** What a secret is replaced by. The brackets keep it from matching any pattern below a second time. */
export const REDACTED = "[redacted]";

/** Values shorter than this are too likely to occur in ordinary text to be erased wherever they stand. */
const MIN_KNOWN_SECRET_CHARS = 6;

const knownSecrets = new Set<string>();
let knownByLength: string[] = [];

/** Registers a value (an API key read from a file, say) that must never appear in a span. Short values are ignored. */
export function addSecret(value: string | undefined): void {
  if (!value || value.length < MIN_KNOWN_SECRET_CHARS || value === REDACTED || knownSecrets.has(value)) return;
  knownSecrets.add(value);
  knownByLength = [...knownSecrets].sort((a, b) => b.length - a.length);
}

/** Registers the values of all environment variables whose names speak of secrets: `OPENAI_API_KEY`, `PGPASSWORD`. */
export function addSecretsFromEnvironment(environment: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(environment)) if (isSecretName(name)) addSecret(value);
}

const strongNames =
  /(password|passwd|passphrase|pwd|secret|secrets|secret_?access_?key|api_?keys?|apikey|access_?key(_?id)?|private_?key|signing_?key|encryption_?key|account_?key|client_?secret|authorization|cookie|credentials?|connection_?string|database_?url|dsn|(access|refresh|auth|id|session|bearer|csrf|api|security|bot)_?token)$/;
const weakNames = /(^|_)(token|auth|key|bearer|signature|sig|nonce)$/;

/** `apiKey`, `OPENAI_API_KEY`, `x-api-key`, `set-cookie`: names whose value is a secret whatever it looks like. */
function isSecretName(name: string): boolean {
  return strongNames.test(snake(name));
}

/** Whether a field called `name` may not be recorded with this value. `token: "Hello"` may, `token: "9f86d081…"` may not. */
export function isSecretField(name: string, value: unknown): boolean {
  if (value === null || value === undefined || value === "" || typeof value === "boolean") return false;
  if (isSecretName(name)) return true;
  return weakNames.test(snake(name)) && typeof value === "string" && value.length >= 16 && !/\s/.test(value);
}

function snake(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toLowerCase();
}

const assignedNames =
  "password|passwd|passphrase|pwd|secret|api[_-]?key|access[_-]?key(?:[_-]?id)?|private[_-]?key|account[_-]?key|secret[_-]?key|(?:access|refresh|auth|id|session|bearer|csrf|api|security|bot)[_-]?token|connection[_-]?string";

/**
 * What secrets look like in running text, applied in this order. No pattern has nested or adjacent unbounded
 * repetition, so the time is linear in the length of the text.
 */
const patterns: [pattern: RegExp, replacement: string][] = [
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g, REDACTED],
  // A database password may hold `/`, `?` or `#` unescaped: everything up to the last `@` goes.
  [
    /\b((?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|mssql|sqlserver|clickhouse|s3|ftp|smtps?):\/\/)[^\s"'<>@][^\s"'<>]*@/gi,
    `$1${REDACTED}@`,
  ],
  [/\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s"'<>/?#@]+@/gi, `$1${REDACTED}@`],
  [
    /([?&;](?:password|passwd|pwd|pass|key|token|secret|code|sig|signature|auth|api[_-]?key|access[_-]?key|(?:access|refresh|auth|id)[_-]?token|client[_-]?secret|x-amz-(?:signature|credential|security-token))=)[^&\s"'#\\[\]]+/gi,
    `$1${REDACTED}`,
  ],
  // Headers: all of the value, up to the end of the line or the closing quote.
  [
    /\b((?:proxy-)?authorization|(?:set-)?cookie)(["'\\]{0,4}\s{0,4}[:=]\s{0,4}["'\\]{0,4})[^\s"'\\[\]][^\r\n"'\\[\]]*/gi,
    `$1$2${REDACTED}`,
  ],
  [new RegExp(`((?:${assignedNames})\\\\{0,3}["']?\\s{0,4}[:=]\\s{0,4}\\\\{0,3}")[^"\\\\]+`, "gi"), `$1${REDACTED}`],
  [new RegExp(`((?:${assignedNames})\\\\{0,3}["']?\\s{0,4}[:=]\\s{0,4}\\\\{0,3}')[^'\\\\]+`, "gi"), `$1${REDACTED}`],
  [
    new RegExp(`((?:${assignedNames})\\\\{0,3}["']?\\s{0,4}[:=]\\s{0,4})[^\\s"'\\\\,;&{}()[\\]]+`, "gi"),
    `$1${REDACTED}`,
  ],
  // "Bearer" and "Basic" are words too: what follows must have a digit or be longer than a word.
  [
    /\b(bearer|basic)\s{1,4}(?=[A-Za-z._~+/=-]{0,40}\d|[A-Za-z0-9._~+/=-]{20})[A-Za-z0-9._~+/=-]{8,}/gi,
    `$1 ${REDACTED}`,
  ],
  [/\b(?:sk|rk|pk)-[A-Za-z0-9_-]{12,}/g, REDACTED],
  [/\b(?:sk|rk|pk|whsec)_(?:live_|test_)?[A-Za-z0-9]{16,}/g, REDACTED],
  [/\b(?:hf|npm|gsk|r8|fw|ghp|gho|ghu|ghs|ghr|dop_v1|pypi)[_-][A-Za-z0-9_-]{16,}/g, REDACTED],
  [/\b(?:github_pat|glpat|lsv2_(?:pt|sk)|pplx|xai|xox[abeoprs]|shpat|SG|dckr_pat)[_.-][A-Za-z0-9_.-]{16,}/g, REDACTED],
  [/\b(?:AKIA|ASIA|AROA|ABIA)[A-Z0-9]{16}\b/g, REDACTED],
  [/\bAIza[A-Za-z0-9_-]{30,}/g, REDACTED],
  [/\bya29\.[A-Za-z0-9_-]{20,}/g, REDACTED],
  [/\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?/g, REDACTED],
];

/** The text with every known secret and everything that looks like one replaced by `[redacted]`. Idempotent. */
export function redactText(text: string): string {
  let result = text;
  for (const secret of knownByLength) if (result.includes(secret)) result = result.replaceAll(secret, REDACTED);
  for (const [pattern, replacement] of patterns) result = result.replace(pattern, replacement);
  return result;
}
