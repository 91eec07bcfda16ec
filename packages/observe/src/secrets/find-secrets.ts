import { decodedViews, unwrapped } from "./decoded-view.ts";
import { findRules, findTokenRules } from "./rules/index.ts";
import type { SecretRule } from "./rules/rule.ts";

/** Where a secret stands in a text. */
export interface SecretSpan {
  from: number;
  to: number;
}

/** Encodings over one another that are taken off. */
const maxDepth = 3;
/** Long enough to hold a secret, short enough not to be a file. */
const base64Runs = /(?<![A-Za-z0-9+/_-])[A-Za-z0-9+/_-]{16,4096}={0,2}(?![A-Za-z0-9+/=_-])/g;
const runChars = 16;
const isRunChar = new Uint8Array(128);
for (const char of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-")
  isRunChar[char.charCodeAt(0)] = 1;

/** Something like the beginning of a token at the end of a line. */
const wraps = /(?:[a-zA-Z0-9]{2}[_-]|AKIA|ASIA|AIza|eyJ|dapi)[A-Za-z0-9_-]{0,80}\\?\r?\n[ \t]{0,8}[A-Za-z0-9_-]{8}/;

/** Known values, each in the forms that it is written in. The longest comes first. */
let known: readonly string[] = [];

export function setKnownForms(forms: readonly string[]): void {
  known = forms;
}

/** Every secret in a text, in order, apart from each other: what is known, and what looks like one in any of its readings. */
export function findSecrets(text: string): SecretSpan[] {
  return merge(spansOf(text, maxDepth));
}

function spansOf(text: string, depth: number): SecretSpan[] {
  const found = knownSpans(text);
  applyRules(text, findRules, found);
  if (depth === 0) return found;
  if (hasLongRun(text)) encodedSpans(text, depth, found);
  for (const { text: plain, starts } of decodedViews(text))
    for (const { from, to } of spansOf(plain, depth - 1)) found.push({ from: starts[from]!, to: starts[to]! });
  const joined = depth === maxDepth && wraps.test(text) ? unwrapped(text) : undefined;
  if (joined) wrappedSpans(joined.text, joined.starts, found);
  return found;
}

function knownSpans(text: string): SecretSpan[] {
  const found: SecretSpan[] = [];
  for (const secret of known)
    for (let from = text.indexOf(secret); from >= 0; from = text.indexOf(secret, from + secret.length))
      found.push({ from, to: from + secret.length });
  return found;
}

function applyRules(text: string, rulesFor: (lower: string) => SecretRule[], found: SecretSpan[]): void {
  const lower = text.toLowerCase();
  // A few capital letters grow when they are made small; positions must stay.
  const folded = lower.length === text.length ? lower : text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  for (const { pattern, folds, spansLines, isSecret } of rulesFor(lower)) {
    for (const match of (folds ? folded : text).matchAll(pattern)) {
      const from = match.index + (match[1]?.length ?? 0);
      let to = match.index + match[0].length;
      // An escape closes a text inside a text; what it says is read in another view.
      const escaped = spansLines ? -1 : text.slice(from, to).search(/\\(?:["'\\/nrtu]|$)/);
      if (escaped >= 0) to = from + escaped;
      const value = text.slice(from, to);
      if (value === "" || value === "[redacted]") continue;
      if (isSecret && !isSecret({ value, before: text.slice(match.index, from), next: text[to] ?? "" })) continue;
      found.push({ from, to });
    }
  }
}

/** Base64 whose bytes are a text with a secret in it. */
function encodedSpans(text: string, depth: number, found: SecretSpan[]): void {
  for (const match of text.matchAll(base64Runs)) {
    const run = match[0];
    // Words of a language have no such mix; digests and ids decode to bytes that are no text.
    if (!/[A-Z]/.test(run) || !/[a-z]/.test(run)) continue;
    const decoded = Buffer.from(run, "base64").toString("utf8");
    if (decoded.length < 8 || !/^[\t\n\r -~\u00a0-\uffef]+$/.test(decoded) || decoded.includes("\ufffd")) continue;
    if (spansOf(decoded, depth - 1).length > 0) found.push({ from: match.index, to: match.index + run.length });
  }
}

/** A token over the end of a line; of what stands on the next line it must have a digit, or that was a word. */
function wrappedSpans(joined: string, starts: Uint32Array, found: SecretSpan[]): void {
  const tokens: SecretSpan[] = [];
  applyRules(joined, findTokenRules, tokens);
  for (const { from, to } of tokens) {
    const [begin, end] = [starts[from]!, starts[to]!];
    if (end - begin > to - from && /\d/.test(joined.slice(from, to))) found.push({ from: begin, to: end });
  }
}

/**
 * Whether a text has a word long enough to be base64 of anything. Most have none, which looking at every 16th character
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

function merge(spans: SecretSpan[]): SecretSpan[] {
  if (spans.length < 2) return spans;
  spans.sort((a, b) => a.from - b.from);
  const merged: SecretSpan[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else merged.push({ ...span });
  }
  return merged;
}
