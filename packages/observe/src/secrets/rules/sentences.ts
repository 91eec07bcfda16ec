import { isPasswordLike, isPlaceholder, isRandom } from "./looks.ts";
import type { SecretRule } from "./rule.ts";

/** Words for a secret in the languages that people write them in. */
const words = [
  "pass(?:word|phrase|code|wd)|pwd|api[ _-]?key|secret[ _-]?key|access[ _-]?(?:token|key)|client[ _-]?secret|license key",
  "passwort|kennwort|zugangscode|geheimschlüssel|api-schlüssel",
  "mot de passe|clé (?:api|secrète|d'accès)",
  "contraseña|(?:clave|chave|chiave|senha)(?: (?:secreta|segreta|de acceso|de acesso))?|parola d'ordine",
  "wachtwoord|hasło|lösenord|parola|şifre|парол[ьюя]|ключ(?: api)?|секрет",
].join("|");
/** In scripts that leave no space between words. */
const closeWords =
  "パスワード|暗証番号|apiキー|シークレット|비밀번호|암호|비번|密码|密碼|口令|密钥|密鑰|秘钥|令牌|金鑰";
const hints = [
  ..."pass,pwd,api,secret,access,license,wort,code,schlüssel,clé,contraseña,clave,senha,chave,parola,chiave,wacht,hasło,lösenord,şifre".split(
    ",",
  ),
  ..."парол,ключ,секрет,パスワード,暗証,キー,シークレット,비밀,암호,비번,密,口令,秘钥,令牌,金鑰".split(","),
];
/** What a value is made of: no quotes, brackets or characters of other scripts. */
const value = "[#-&*+0-9@a-z^~][!#-&*+./0-9:=?@a-z^_~-]{5,200}";
const opening = "[\"'`“„«「『(\\s]{0,3}";
const says =
  "(?::|=|：|＝|=>|->|→|—|–|\\bis|\\bwas|\\bist|\\blautet|\\best|\\bes|\\bé|è|\\bbe|é|\\bto|\\bas|\\bare|は|が|는|은|是|为|為|이|가)";

/** The end of a sentence is none of the value. */
const bare = (text: string) => text.replace(/[.,:!?]+$/, "");

export const sentenceRules: SecretRule[] = [
  // "password: X", "my password X", 密码是X
  {
    hints,
    folds: true,
    pattern: new RegExp(
      `((?:(?:${words})s?(?:["'\`]{0,2}\\s{0,4}${says}|\\s{1,4}|["'\`])|(?:${closeWords})\\s{0,4}(?:${says})?)${opening})${value}`,
      "g",
    ),
    isSecret: ({ value, before }) =>
      (isPasswordLike(bare(value)) && !/^(?:[\w.-]+[=/])+[\w.-]*$/.test(value.replace(/^[^=/]*$/, ""))) ||
      (/[：:]\s*$|是|为|為/.test(before) && /[^\x20-\x7e]/.test(before) && /\d{4}/.test(value)),
  },
  // "the password for the staging database is X"
  {
    hints,
    folds: true,
    pattern: new RegExp(
      `((?:${words}|${closeWords})\\s[^.:;\\n"'\`]{1,48}?\\s(?:is|was|ist|lautet|est|es|é|è)\\s${opening})${value}`,
      "g",
    ),
    isSecret: ({ value }) => isPasswordLike(bare(value)) && bare(value).length >= 8,
  },
  {
    hints: ["login", "credential", "zugangsdaten", "log in", "sign in", "identifiants", "账号"],
    folds: true,
    pattern: new RegExp(
      `((?:log ?in|sign in|credentials?|zugangsdaten|identifiants|账号)[^.;\\n"'\`]{0,24}[\\s:：][\\w.@-]{2,40}\\s?[/:：]\\s?)${value}`,
      "g",
    ),
    isSecret: ({ value }) => {
      const text = bare(value);
      return isPasswordLike(text) && text.length >= 8 && /[a-z]/.test(text) && /[A-Z]/.test(text) && /\d/.test(text);
    },
  },
  // "The secret is X"
  {
    hints: ["secret", "token", "pass", "pw", "login"],
    folds: true,
    pattern: new RegExp(`((?<![a-z])(?:secret|token|pass|pw|pin|login)\\s{0,2}(?:is|was|:|=)${opening})${value}`, "g"),
    isSecret: ({ value }) =>
      isPasswordLike(bare(value)) &&
      bare(value).length >= 8 &&
      /[a-z].*[A-Z]|[A-Z].*[a-z]/.test(value) &&
      !/^\w+[.(]/.test(bare(value)),
  },
  // A word for a secret, and near it something drawn at random.
  {
    hints: ["key", "token", "secret", "auth", "credential", "password", "schlüssel", "密", "令牌"],
    folds: true,
    pattern:
      /((?:key|(?<!page_?|next_?|continuation_?|sync_?)token|secret|auth|credential|password|schlüssel|密钥|密码|令牌)s?(?![a-z])[^\n]{0,40}?(?:\n\s{0,8})?(?<![a-z0-9_+/=.~\\-]))[a-z0-9_+=.~-]{20,300}/g,
    isSecret: ({ value }) =>
      !isPlaceholder(value) &&
      !/\.[a-z]{2,4}$|^[\w-]+\.[\w-]+\.[\w-]+$/.test(value) &&
      /[a-z]/.test(value) &&
      /[A-Z]/.test(value) &&
      isRandom(value),
  },
];
