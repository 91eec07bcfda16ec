import { isDrawn, isPasswordLike, isPlaceholder, isPlain, isRandom, isStandIn } from "./looks.ts";
import type { Found, SecretRule } from "./rule.ts";

const passwordNames = "pass(?:word|wd|phrase|code)|pwd|pass|pw";
const names = [
  "pass(?:word|wd|phrase|code)s?\\d?|pwd",
  "(?<![a-z])(?:pass|pw)",
  "secret(?:[_ -]?(?:access[_ -]?)?key)?(?:[_ -]?(?:base|val|value))?",
  "(?:api|access|account|private|signing|encryption|master|subscription|license|shared[_ -]?access|auth|storage)[_ -]?keys?(?:[_ -]?(?:id|value))?",
  "(?:access|refresh|auth|id|session|bearer|csrf|api|security|bot|personal|deploy|private)[_ -]?tokens?",
  "connection[_ -]?string|(?<![a-z])_auth|storepass|keypass",
].join("|");
const hints = ["pass", "pwd", "pw", "secret", "key", "token", "connection", "_auth"];
/** What may close a name and open a value. */
const assigns = "[\"'`\\])]{0,3}\\s{0,4}(?::=|=>|[:=：＝])\\s{0,4}(?:[rbuf](?=[\"']))?";
const isPassword = new RegExp(`(?:${passwordNames})\\d?["'\`\\])]{0,3}\\s{0,4}(?::=|=>|[:=：＝])\\s{0,4}$`, "i");

/** The value of a field in code, configuration and logs. */
function isQuotedSecret({ value, before }: Found): boolean {
  if (isPlaceholder(value) || value.length < 3) return false;
  if (/^\s|\s$/.test(value) && !/\d/.test(value)) return false;
  if (!/\d/.test(value) && /[^\x20-\x7e]{3}/.test(value)) return false; // a sentence of another script
  // Data, where names have quotes: anything but a word for what should stand there.
  if (/["']\s{0,4}:\s{0,4}["']$/.test(before) && !/\s/.test(value)) return !isStandIn(value);
  if (isPlain(value)) return /phrase/i.test(before) && /\s/.test(value);
  return /\d/.test(value) || (value.length >= 6 && !before.endsWith("`"));
}

function isBareSecret({ value: whole, before, next }: Found): boolean {
  const value = whole.replace(/[.!?:]+$/, "");
  // A variable of a shell or of a file of them.
  if (/[A-Z]{3}=$/.test(before) && value.length >= 6 && !value.includes("://"))
    return !isPlaceholder(value) && !isStandIn(value);
  if (value.includes("://") || next === "(" || next === "[" || next === "{" || isPlaceholder(value) || isPlain(value))
    return false;
  const password = isPassword.test(before);
  // In JSON the number of a word in a vocabulary looks like this too.
  if (/^\d+$/.test(value)) return value.length >= (/["']\s{0,4}:\s{0,4}$/.test(before) ? 7 : password ? 4 : 10);
  if (/\d/.test(value)) return value.length >= (password ? 4 : 8) && !/^\d+(?:[.x-]\d+)*[A-Za-z]{0,4}$/.test(value);
  if (isDrawn(value) && !/key|id$/i.test(value)) return true;
  // A word alone: said to be a password, tightly or at the end of its line.
  const tight = /[A-Za-z]["'\])]{0,3}=$/.test(before);
  const ends = next === "" || next === "\n" || next === "\r";
  return password && value.length >= 6 && (tight || (ends && /^[a-z]+$/i.test(value))) && !/[/\\]/.test(value);
}

export const fieldRules: SecretRule[] = [
  {
    hints,
    folds: true,
    pattern: new RegExp(`((?:${names})${assigns}["'\`])[^"'\`\\r\\n]{3,1000}`, "g"),
    isSecret: isQuotedSecret,
  },
  {
    hints,
    folds: true,
    pattern: new RegExp(`((?:${names})${assigns})[^\\s"'\`,;&<>{}()[\\]|，。；\\u0000-\\u001f]{3,1000}`, "g"),
    isSecret: isBareSecret,
  },
  // A weak name needs a value that is drawn.
  {
    hints: ["key", "token", "auth", "sig", "cred", "nonce"],
    folds: true,
    pattern: new RegExp(
      `((?<!page_?|next_?|continuation_?|sync_?|cursor_?)(?:token|key|auth|signature|credentials?|authtoken)${assigns}["'\`]?)[a-z0-9_+/=.~-]{16,1000}`,
      "g",
    ),
    isSecret: ({ value, before }) => isRandom(value, { hex: /token|auth/i.test(before) }),
  },
  {
    hints: ["<pass", "<secret", "<api", "<token", "<auth", "<pwd"],
    folds: true,
    pattern: /(<(?:\w{0,20}password|passwd|pwd|secret|api_?key|token|auth_?token)>\s{0,4})[^<\s][^<]{2,200}(?=<\/)/g,
    isSecret: ({ value }) => !isPlaceholder(value) && !isPlain(value),
  },
  {
    hints: ["key=", "name="],
    folds: true,
    pattern: new RegExp(`((?:key|name)=["'][\\w.:-]{0,40}(?:${names})["']\\s{1,4}value=["'])[^"']{4,400}`, "g"),
    isSecret: isQuotedSecret,
  },
  // A header or a variable with its name and value apart, in either order, or as a pair.
  {
    hints: ["value"],
    folds: true,
    pattern: new RegExp(
      `(["'](?:name|key|header)["']\\s{0,4}:\\s{0,4}["'](?:[\\w-]{0,40}(?:${names}|authorization|cookie|x-auth-token))["']\\s{0,4},\\s{0,4}["']value["']\\s{0,4}:\\s{0,4}["'])[^"']+`,
      "g",
    ),
  },
  {
    hints: ["value"],
    folds: true,
    pattern: new RegExp(
      `(["']value["']\\s{0,4}:\\s{0,4}["'])[^"'\\n]{3,400}(?=["']\\s{0,4},\\s{0,4}["'](?:name|key|header)["']\\s{0,4}:\\s{0,4}["'](?:[\\w-]{0,40}(?:${names}|authorization|cookie|x-auth-token))["'])`,
      "g",
    ),
  },
  {
    hints: ["key", "auth", "cookie", "token"],
    folds: true,
    pattern:
      /(["'](?:x-[a-z-]{0,20}(?:key|token)|api-?key|ocp-apim-subscription-key|(?:proxy-)?authorization|(?:set-)?cookie)["']\s{0,4},\s{0,4}["'])(?!value\b)[^"']{4,}/g,
    isSecret: ({ value }) =>
      !isPlaceholder(value) &&
      !/^[a-z\d]+(?:-[a-z\d]+)+$/i.test(value) &&
      (/\d/.test(value) || /\S\s\S{6}/.test(value) || isDrawn(value)),
  },
  // A program's arguments as a list.
  {
    hints: ["--", '"-', "'-"],
    folds: true,
    pattern:
      /(["']--?(?:password|passwd|passphrase|pass|secret|token|api[_-]?key|access[_-]?key|(?:auth|access)[_-]?token|client[_-]?secret)["']\s{0,4},\s{0,4}["'])[^"']{3,400}/g,
    isSecret: ({ value }) =>
      !value.startsWith("-") && !isPlaceholder(value) && (/\d/.test(value) || (!isPlain(value) && value.length >= 6)),
  },
  // Docker's `"auth": "<base64 of user:password>"`.
  {
    hints: ['auth"', "auth'"],
    pattern: /(["']_?auth["']\s{0,4}:\s{0,4}["'])[A-Za-z0-9+/=]{12,}/g,
    isSecret: ({ value }) => isCredentials(value) || isRandom(value),
  },
  // Headers: all of the value, up to the end of the line or the closing quote.
  {
    hints: ["authorization"],
    folds: true,
    pattern:
      /((?:proxy-)?authorization["']?\s{0,4}[:=]\s{0,4}["']?)(?:digest|aws4-hmac-sha256|signature|oauth|hmac|mac)\s{1,4}(?:[\w-]{1,40}=(?:"[^"\r\n]{0,400}"|[^\s,"\\]{1,400})[,\s]{0,4}){1,20}/g,
    isSecret: ({ value }) => /\d/.test(value) && !/\$\{/.test(value),
  },
  {
    hints: ["authorization"],
    folds: true,
    pattern: /((?:proxy-)?authorization["']?\s{0,4}[:=]\s{0,4}["']?)[a-z0-9][^\r\n"'`[\]{}<>]{2,}/g,
    isSecret: ({ value, next }) =>
      (!/[[{]/.test(next) || /\s$/.test(value)) &&
      !isPlaceholder(value.replace(/^\w+ /, "")) &&
      (/\d/.test(value) || /^(?:bearer|basic|token)\s\S{12,}/i.test(value)) &&
      !/^[\d\s,.]+$/.test(value),
  },
  {
    hints: ["cookie"],
    folds: true,
    pattern: /((?:set-)?cookie["']?\s{0,4}[:=]\s{0,4}["']?)[\w.-]{1,60}=[^\r\n"'`[\]{}<>]{6,}/g,
    isSecret: ({ value }) => /\d/.test(value) || isDrawn(/=(\w+)/.exec(value)?.[1] ?? ""),
  },
  {
    hints: ["x-", "key:", "api-key"],
    folds: true,
    pattern:
      /((?:x-[a-z-]{0,24}(?:key|token|secret)|ocp-apim-subscription-key|api-key)["']?\s{0,4}:\s{0,4}["']?)[^\s"'`,;[\]{}<>$]{4,}/g,
    isSecret: ({ value }) =>
      !isPlaceholder(value) && !isPlain(value) && (/\d/.test(value) || value.length >= 20 || isDrawn(value)),
  },
  // "Bearer" and "Basic" are words too.
  {
    hints: ["bearer", "basic", "token "],
    folds: true,
    pattern: /((?<![a-z])(?:bearer|basic|token)\s{1,4})[a-z0-9._~+/=-]{8,}/g,
    isSecret: ({ value, before }) =>
      /^token/i.test(before)
        ? isRandom(value)
        : /^[A-Za-z._~+/=-]{0,40}\d/.test(value)
          ? !/^[\d.-]+$/.test(value) &&
            (value.length >= 16 || (!isPlain(value) && (value.length >= 12 || isPasswordLike(value))))
          : value.length >= 20 && !/^[a-z./_-]+$/.test(value),
  },
];

/** Base64 of `user:password`. */
function isCredentials(value: string): boolean {
  return /^[\x21-\x7e]{1,80}:[\x20-\x7e]{3,}$/.test(Buffer.from(value, "base64").toString("latin1"));
}

/** `user:password` of a URL, or a token alone; no user alone, and nothing that a manual has there. */
function isUserInfo({ value }: Found): boolean {
  const colon = value.indexOf(":");
  const password = value.slice(colon + 1);
  if (/^[<{$]/.test(value) || /^(?:[<{]|\$[{(]|\*+$)/.test(password) || isPlaceholder(password)) return false;
  if (colon < 0) return value.length >= 16 && isRandom(value, { hex: true });
  return !/^(?:password|passwd|pass|token)$/i.test(password);
}

export const urlRules: SecretRule[] = [
  // A database password may hold `/`, `?` or `#` unescaped: everything up to the last `@` goes.
  {
    hints: [
      "postgres",
      "mysql:",
      "mariadb:",
      "mongodb",
      "redis",
      "amqp",
      "mssql:",
      "sqlserver:",
      "clickhouse:",
      "s3:",
      "ftp:",
      "smtp",
    ],
    folds: true,
    pattern:
      /((?<![a-z])(?:postgres(?:ql)?|mysql|mariadb|mongodb(?:\+srv)?|rediss?|amqps?|mssql|sqlserver|clickhouse|s3|ftp|smtps?):\/\/)(?=[^\s"'<>]{0,400}:)[^\s"'<>@][^\s"'<>]*(?=@)/g,
    isSecret: isUserInfo,
  },
  {
    hints: ["://"],
    folds: true,
    pattern: /((?<![a-z])[a-z][a-z0-9+.-]{0,30}:\/\/)[^\s"'<>/?#@]+(?=@)/g,
    isSecret: isUserInfo,
  },
  {
    hints: ["pass", "pwd", "key", "token", "secret", "code", "sig", "auth", "credential"],
    folds: true,
    pattern:
      /([?&;](?:[a-z_-]{0,20}password|passwd|pwd|pass|key|token|secret|code|sig|signature|auth|api[_-]?key|access[_-]?key|(?:access|refresh|auth|id)[_-]?token|client[_-]?secret|x-amz-(?:signature|credential|security-token)|x-goog-signature)=)[^&\s"'#\\[\]<>{}$]{3,}/g,
    isSecret: ({ value, before, next }) =>
      next !== "{" &&
      next !== "(" &&
      !isPlaceholder(value) &&
      (/[?&;](?:key|code|token)=$/i.test(before)
        ? (/\d/.test(value) && value.length >= 6) || isDrawn(value)
        : !isStandIn(value)),
  },
];
