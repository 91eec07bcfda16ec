/** What a secret is replaced by. The brackets keep it from matching any pattern below a second time. */
export const REDACTED = "[redacted]";

const assignedNames =
  "password|passwd|passphrase|pwd|passcode|secret|api[_ -]?key|access[_-]?key(?:[_-]?id)?|private[_-]?key|account[_-]?key|secret[_-]?(?:access[_-]?)?key|(?:access|refresh|auth|id|session|bearer|csrf|api|security|bot)[_-]?token|connection[_-]?string";
/** `=`, `:`, or either of them percent-encoded. */
const assigns = "(?:[:=]|%3[aAdD])";
/** A token may follow another word, or a character that was percent-encoded. */
const start = "(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2})|(?<=\\\\[nrt]))";

/** Tokens that say themselves what they are. Used on their own where a text is put together from pieces. */
export const tokenPatterns: RegExp[] = [
  "(?:sk|rk|pk)-[A-Za-z0-9_-]{12,}",
  "(?:sk|rk|pk|whsec)_(?:live_|test_)?[A-Za-z0-9]{16,}",
  "(?:hf|npm|gsk|r8|fw|ghp|gho|ghu|ghs|ghr|dop_v1|pypi|glsa|phc|phx|sntrys|tfp|nvapi)[_-][A-Za-z0-9_-]{16,}",
  "(?:github_pat|glpat|lsv2_(?:pt|sk)|pplx|xai|xox[abceoprs]|xapp|shpat|SG|dckr_pat)[_.-][A-Za-z0-9_.-]{16,}",
  "(?:AKIA|ASIA|AROA|ABIA)[A-Z0-9]{16}(?![A-Za-z0-9])",
  "AIza[A-Za-z0-9_-]{30,}",
  "ya29\\.[A-Za-z0-9_-]{20,}",
  "eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]{4,}(?:\\.[A-Za-z0-9_-]*)?",
  "dapi[0-9a-f]{32}(?:-\\d)?",
  // Telegram: the bot's number, a colon, 35 characters.
  "(?:bot)?\\d{8,10}:[A-Za-z0-9_-]{34,36}(?![A-Za-z0-9_-])",
  "AGE-SECRET-KEY-1[A-Z0-9]{40,}",
  // Twilio: account and key ids; the key's own secret has no form.
  "(?:SK|AC)[0-9a-f]{32}(?![0-9a-f])",
].map((source) => new RegExp(start + source, "g"));

/**
 * What secrets look like in running text, applied in this order. No pattern has nested or adjacent unbounded
 * repetition, so the time is linear in the length of the text.
 */
export const patterns: [pattern: RegExp, replacement: string][] = [
  [/-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]*(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?/g, REDACTED],
  // Web hooks: whoever knows the address may write.
  [
    /(hooks\.slack\.com(?:\/|%2[fF])(?:services|workflows|triggers)(?:\/|%2[fF]))[A-Za-z0-9/%_-]{12,}/g,
    `$1${REDACTED}`,
  ],
  [/((?:discord(?:app)?\.com|discord)\/api(?:\/v\d{1,2})?\/webhooks\/)[0-9]{5,}\/[A-Za-z0-9_-]{16,}/g, `$1${REDACTED}`],
  [/(webhook\.office\.com\/webhookb2\/)[A-Za-z0-9@/_-]{16,}/g, `$1${REDACTED}`],
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
  // Programs that take a secret as an argument.
  [/\b(wandb\s{1,4}login\s{1,4}(?:--?[a-z-]{1,20}[ =]{1,2}){0,3})[A-Za-z0-9_-]{20,}/g, `$1${REDACTED}`],
  [/\b(sshpass\s{1,4}-p\s{0,4}["']?)[^\s"']+/g, `$1${REDACTED}`],
  [/\b(curl\b[^\n|;&]{0,400}?\s(?:-u|--user|--proxy-user)[ =]{0,4}["']?)[^\s"':]{1,100}:[^\s"']+/g, `$1${REDACTED}`],
  [/\b((?:mysql|mysqldump|mariadb|mysqladmin)\b[^\n|;&]{0,200}?\s-p["']?)[^\s"']{3,}/g, `$1${REDACTED}`],
  [
    /(\s--?(?:password|passwd|passphrase|secret|token|api[_-]?key|access[_-]?key|auth[_-]?token|client[_-]?secret)[ =]{1,4}["']?)(?!-)[^\s"'[\]]{4,}/gi,
    `$1${REDACTED}`,
  ],
  // Headers: all of the value, up to the end of the line or the closing quote.
  [
    /\b((?:proxy-)?authorization|(?:set-)?cookie)(["'\\]{0,4}\s{0,4}[:=]\s{0,4}["'\\]{0,4})[^\s"'\\[\]][^\r\n"'\\[\]]*/gi,
    `$1$2${REDACTED}`,
  ],
  // A header with its name and value apart, or as a pair.
  [
    /(["']name\\{0,3}["']\s{0,4}:\s{0,4}\\{0,3}["'](?:x-api-key|api-key|authorization|proxy-authorization|cookie|set-cookie|x-auth-token|x-goog-api-key|[A-Za-z0-9_-]{0,40}(?:password|secret|api_key|apikey))\\{0,3}["']\s{0,4},\s{0,4}\\{0,3}["']value\\{0,3}["']\s{0,4}:\s{0,4}\\{0,3}["'])[^"'\\]+/gi,
    `$1${REDACTED}`,
  ],
  [
    /(["'](?:x-api-key|api-key|authorization|proxy-authorization|cookie|set-cookie|x-auth-token|x-goog-api-key)\\{0,3}["']\s{0,4},\s{0,4}\\{0,3}["'])(?!value\\b)[^"'\\]+/gi,
    `$1${REDACTED}`,
  ],
  // Docker's `"auth": "<base64 of user:password>"`.
  [/("auth\\{0,3}"\s{0,4}:\s{0,4}\\{0,3}")[A-Za-z0-9+/=]{8,}/g, `$1${REDACTED}`],
  [
    new RegExp(`((?:${assignedNames})\\\\{0,3}["']?\\s{0,4}${assigns}\\s{0,4}\\\\{0,3}")[^"\\\\]+`, "gi"),
    `$1${REDACTED}`,
  ],
  [
    new RegExp(`((?:${assignedNames})\\\\{0,3}["']?\\s{0,4}${assigns}\\s{0,4}\\\\{0,3}')[^'\\\\]+`, "gi"),
    `$1${REDACTED}`,
  ],
  [
    new RegExp(`((?:${assignedNames})\\\\{0,3}["']?\\s{0,4}${assigns}\\s{0,4})[^\\s"'\\\\,;&{}()[\\]%]+`, "gi"),
    `$1${REDACTED}`,
  ],
  // In sentences; what follows must not be a plain word.
  [
    /\b((?:password|passphrase|api key|secret key|access token)\s{1,4}(?:is|was)\s{1,4}["']?)(?=[^\s"']{0,60}\d)[^\s"',;]{6,}/gi,
    `$1${REDACTED}`,
  ],
  [
    /((?:密码|密碼|口令|密钥|密鑰|秘钥|令牌)(?:\s{0,4}(?:是|为|為|[:：=＝])\s{0,4}["'“「]?))[^\s"'“”「」,，。;；、\u4e00-\u9fff[\]]{4,}/g,
    `$1${REDACTED}`,
  ],
  // "Bearer" and "Basic" are words too: what follows must have a digit or be longer than a word.
  [
    /\b(bearer|basic)(?:\s{1,4}|%20)(?=[A-Za-z._~+/=-]{0,40}\d|[A-Za-z0-9._~+/=-]{20})[A-Za-z0-9._~+/=-]{8,}/gi,
    `$1 ${REDACTED}`,
  ],
  ...tokenPatterns.map((pattern): [RegExp, string] => [pattern, REDACTED]),
];

/** A text without any of this has no secret, and most texts have none of it. */
export const suspicious =
  /[=:@]|-----|(?:sk|rk|pk|hf|npm|gsk|r8|fw|gh[pousr]|dop_v1|pypi|glsa|ph[cx]|sntrys|tfp|nvapi|whsec|github_pat|glpat|lsv2|pplx|xai|xox[abceoprs]|xapp|shpat|SG|dckr_pat)[_.-]|A(?:KIA|SIA|ROA|BIA|Iza|GE-)|ya29|eyJ|dapi|(?:SK|AC)[0-9a-f]{8}|%3[adAD]|[Hh]ooks|[Ww]ebhook|login|[Pp]ass|PASS|[Ss]ecret|SECRET|[Tt]oken|[Kk]ey|KEY|[Bb]earer|[Bb]asic|密|口令|令牌|秘钥|curl|mysql|maria/;

/** Long enough to hold a secret, short enough not to be a file. */
export const base64Runs = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{24,4096}={0,2}(?![A-Za-z0-9+/=_-])/g;
