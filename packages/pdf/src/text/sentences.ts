/** Abbreviations whose full stop ends no sentence. */
const abbreviations = new Set(
  `fig figs eq eqs sec secs tab tabs ref refs ch chap app no nos vol vols pp p ed eds al e.g i.e etc vs cf viz resp approx
  dr mr mrs ms prof st inc ltd co corp dept univ jan feb mar apr jun jul aug sep sept oct nov dec u.s u.k ph.d`
    .trim()
    .split(/\s+/),
);

const closing = /["'”’»）)\]」』】》]/;

/**
 * Cuts text into sentences, with the space between them left off. A full stop ends a sentence only before a space
 * and something that can begin one, and not after an abbreviation ("Fig. 3"), an initial ("J. Smith") or a list
 * number ("2. "); 。！？ always do, and so does an empty line.
 */
export function splitSentences(text: string): string[] {
  const sentences: string[] = [];
  let start = 0;
  const cut = (end: number) => {
    const sentence = text.slice(start, end).trim();
    if (sentence) sentences.push(sentence);
    start = end;
  };
  for (let i = 0; i < text.length; i++) {
    const character = text[i]!;
    if (character === "\n" && text[i + 1] === "\n") cut(i + 1);
    if (!/[.!?。！？]/.test(character)) continue;
    let end = i + 1;
    while (end < text.length && /[.!?。！？]/.test(text[end]!)) end++;
    while (end < text.length && closing.test(text[end]!)) end++;
    if (/[。！？]/.test(character) || endsSentence(text, i, end)) {
      cut(end);
      i = end - 1;
    }
  }
  cut(text.length);
  return sentences;
}

/** Whether the Latin mark at `mark`, with what closes it up to `end`, ends a sentence. */
function endsSentence(text: string, mark: number, end: number): boolean {
  if (end < text.length && !/\s/.test(text[end]!)) return /\p{Script=Han}/u.test(text[end]!);
  const next = /\S/.exec(text.slice(end, end + 8))?.[0];
  if (next !== undefined && /[\p{Ll},;:)]/u.test(next)) return false;
  if (text[mark] !== "." || end > mark + 1) return true;
  const word = /[\p{L}\p{N}.]*$/u.exec(text.slice(Math.max(0, mark - 24), mark))![0];
  if (abbreviations.has(word.toLowerCase())) return next === undefined;
  if (/^\p{Lu}$/u.test(word)) return next === undefined || !/\p{Lu}/u.test(next);
  const before = text.slice(0, mark - word.length).trimEnd();
  return !(/^\d{1,3}$/.test(word) && (before === "" || before.endsWith("\n")));
}
