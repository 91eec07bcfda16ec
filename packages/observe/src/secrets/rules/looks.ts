/** Names of types, and words that stand where a value would. */
const plainWords = new Set(
  (
    "string str number int integer bool boolean bytes text varchar char any unknown object null none nil undefined true false void " +
    "required optional incorrect invalid missing changed protected empty hidden wrong expired updated reset default value " +
    "disabled enabled error failed unset redacted masked secret password passwd token credentials basic bearer auto self " +
    "private public static readonly function return never symbol record array buffer promise secretstr field input getpass " +
    "environ getenv config settings options args params kwargs user admin example sample test placeholder changeme prompt key unused dummy fail failed ok success warn local ollama needed anything whatever"
  ).split(" "),
);
const algorithms =
  /^(?:(?:hs|rs|es|ps)(?:256|384|512)|(?:sha|md|aes|base|utf-?|rsa|hmac|pbkdf|argon|uint|int|float|bf|gpt|iso|oauth|http|tls|web|vec|arg|python|es20|node)[-_]?\d{1,4}(?:[-_.][a-z\d]{0,12}|sum|url|mb4|ctr|gcm|cbc)?)$/i;
const cueWord = /pass(?:word|wd|phrase)|secret|token|api.?key|credential|private.?key/i;

/** Stands for a value that is to be put in: `$TOKEN`, `<key>`, `{{key}}`, `YOUR_API_KEY`, `xxxx`, `***`, `%s`, `sk-...`. */
export function isPlaceholder(value: string): boolean {
  return (
    /^[$%](?:[({]|[A-Z][A-Z_\d]{2,}%?$)|^[<{[]|^@|^(?:your|my|the|an?|some|insert|enter|put|replace|fake|dummy|test|example)[-_ ]/.test(
      value,
    ) ||
    /^(?:[xX*.•…_-]+|[A-Z]+(?:_[A-Z]+)+)$/.test(value) ||
    /\.\.\.|…|\*\*\*|(?<![a-z])x{4,}(?![a-z])|x{6}|-xxx$/i.test(value) ||
    value === "[redacted]"
  );
}

/** A word for what should stand there: `string`, `required`, `your-api-key`. */
export function isStandIn(value: string): boolean {
  const text = value.replace(/[._/-]/g, "");
  return plainWords.has(text.toLowerCase()) || (cueWord.test(text) && !/\d|[!@#$%^&*+~]/.test(text));
}

/** A word of a language or of a program: a type, an identifier, a member, a phrase. */
export function isPlain(value: string): boolean {
  if (plainWords.has(value.toLowerCase()) || /^!?[\w.]*\?\./.test(value)) return true;
  if (/^[A-Za-z_$][\w$]*(?:(?:\.|::|->|\?\.)[A-Za-z_$][\w$]*)+[.;]?$/.test(value)) return true; // config.apiKey
  if (/\d/.test(value))
    return (
      algorithms.test(value) ||
      /^(?:to|from|as|new)?(?:U?[Ii]nt|[Ff]loat|[Bb]ase|[Uu]tf)\d{1,2}/.test(value) ||
      /^\d{1,3}$/.test(value)
    );
  return isStandIn(value) || /\s\S+\s/.test(value) || /^[A-Za-z]+(?:[_/.-][A-Za-z]+)+$/.test(value);
}

/** Chosen by a person for a password, or drawn: letters with digits, and both cases, two digits or a special character. */
export function isPasswordLike(value: string): boolean {
  if (value.length < 6 || value.length > 200 || isPlaceholder(value) || isPlain(value)) return false;
  if (!/[A-Za-z]/.test(value)) return false;
  if (
    /:\/\/|^\d{4}-\d\d|^v?\d+\.\d|^[./~]|^[\w-]+\/[\w/.-]+$|\.[a-z]{2,4}$|^[\w.+-]+@[\w-]+\.\w|^#|^--|^[a-z\d]+(?:[-:._/][a-z\d]+){2,}$/.test(
      value,
    )
  )
    return false;
  const digits = value.replace(/\D/g, "").length;
  const special = /[!@#$%^&*+~?]/.test(value);
  const mixed = /[a-z]/.test(value) && /[A-Z]/.test(value);
  if (digits === 0) return special && mixed && value.length >= 8 && !/^[A-Za-z]+[?!]$/.test(value);
  // Units and counts begin with a number: 16px, 90days, 4x4.
  return (
    special ||
    ((mixed || digits > 1) && !/^\d+(?:[.x]\d+)?[A-Za-z]{1,8}$/.test(value) && /[A-Za-z].*\d|\d.*[A-Za-z]/.test(value))
  );
}

/**
 * Drawn at random, as its change between cases and digits tells: 62 % of the places in base62, 47 % in hex, 40 % in
 * small letters with digits, under 30 % in names that people make.
 */
export function isRandom(value: string, { hex = false }: { hex?: boolean } = {}): boolean {
  const text = value.replace(/[^A-Za-z0-9]/g, "");
  if (text.length < 16 || (text.match(/\d/g)?.length ?? 0) < Math.max(2, text.length / 20)) return false;
  if (/^[0-9a-f]+$/.test(text) || /^[0-9A-F]+$/.test(text)) return hex && text.length >= 20;
  let changes = 0;
  let last = kindOf(text.charCodeAt(0));
  for (let i = 1; i < text.length; i++) {
    const kind = kindOf(text.charCodeAt(i));
    if (kind !== last) changes++;
    last = kind;
  }
  const mixed = /[a-z]/.test(text) && /[A-Z]/.test(text);
  return changes / (text.length - 1) >= (mixed ? 0.38 : 0.25) && new Set(text).size >= Math.min(10, text.length / 2);
}

/** Letters alone, drawn: their case changes more often than any name's. */
export function isDrawn(value: string): boolean {
  const text = value.replace(/=+$/, "");
  if (text.length < 10 || !/^[A-Za-z+/_-]+$/.test(text)) return false;
  return (text.match(/[a-z](?=[A-Z])|[A-Z](?=[a-z])/g)?.length ?? 0) / (text.length - 1) >= 0.4;
}

const kindOf = (code: number) => (code < 58 ? 0 : code < 91 ? 1 : 2);
