const han = /[\u2e80-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef\u2014\u2018-\u201d\u2026]/u;
const hyphens = /[-\u2010\u00ad]$/u;

/**
 * Joins the printed lines of a paragraph. A word divided at the line's end is put together again; between Chinese or
 * Japanese characters nothing is inserted.
 */
export function joinLines(lines: readonly string[]): string {
  let text = "";
  for (const raw of lines) {
    const line = raw.trim();
    if (line === "") continue;
    text = text === "" ? line : joinTwo(text, line);
  }
  return text.replaceAll("\u00ad", "");
}

function joinTwo(text: string, next: string): string {
  if (hyphens.test(text)) {
    const before = /([\p{L}\p{M}\p{N}'’-]+)[-\u2010\u00ad]$/u.exec(text)?.[1];
    const after = /^[\p{L}\p{M}\p{N}]+/u.exec(next)?.[0];
    if (before && after)
      return keepsHyphen(before, after, text) ? text.replace(/\u00ad$/u, "") + next : text.slice(0, -1) + next;
    return /\s[-\u2010]$/u.test(text) ? `${text} ${next}` : text + next;
  }
  const end = text.at(-1)!;
  const start = String.fromCodePoint(next.codePointAt(0)!);
  if (han.test(end) && han.test(start)) return text + next;
  if (/[—–/]$/u.test(text) && !/\s[—–/]$/u.test(text)) return text + next;
  // A URL that was broken at a slash or dot goes on without a space.
  if (/https?:\/\/\S*[/.?=&_]$/u.test(text)) return text + next;
  return `${text} ${next}`;
}

const prefixes = new Set(
  "self well non semi multi cross state high low large small real long short two three four end one zero few single pre post co ex all half quasi pseudo full fine coarse data rule model task domain time user open closed left right top bottom word sentence token pixel object image question".split(
    " ",
  ),
);

/**
 * A hyphen at a line's end is a real one when what it joins is a compound: a capital or digit after it ("Navier-Stokes",
 * "GPT-4"), an earlier hyphen in the word ("state-of-the-art"), a usual first part ("self-attention"), or the same
 * compound elsewhere in the text.
 */
function keepsHyphen(before: string, after: string, text: string): boolean {
  if (text.endsWith("\u00ad")) return false;
  if (/^[\p{Lu}\p{N}]/u.test(after) || /\p{N}$/u.test(before)) return true;
  if (/^\p{Lu}+$/u.test(before) && before.length > 1) return true;
  if (before.includes("-")) return true;
  const whole = new RegExp(`\\b${before}-${after}\\b`, "iu");
  if (whole.test(text)) return true;
  return (
    prefixes.has(before.toLowerCase()) && after.length >= 3 && !divided.has(before.toLowerCase() + after.toLowerCase())
  );
}

/** Words that begin like a compound but are single words. */
const divided = new Set(
  "nonetheless posture posterior postpone pretend prevent prefer preserve present prescribe previous pretty cooperate copy cover costly correct core example exact exist exit extra extend exceed expect timely model modeling wording allow almost already also always highly lowly largely smaller shortly longer endless ending onerous database dataset datasets openly userland multiply multiple multitude crossing crossed semicolon timing realistic really reality realize realise".split(
    " ",
  ),
);
