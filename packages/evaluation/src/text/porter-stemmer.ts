/**
 * Which rules the stemmer follows: `original` is Porter 1980 ("An algorithm for suffix stripping"), `martin` adds
 * the departures Porter published later, `nltk` adds those of NLTK and is what Google's `rouge_score` uses.
 */
export type PorterMode = "nltk" | "martin" | "original";

/** Words whose stem NLTK fixes by hand ("dying" and "die" meet). */
const irregular: Record<string, string> = {
  sky: "sky",
  skies: "sky",
  dying: "die",
  lying: "lie",
  tying: "tie",
  news: "news",
  innings: "inning",
  inning: "inning",
  outings: "outing",
  outing: "outing",
  cannings: "canning",
  canning: "canning",
  howe: "howe",
  proceed: "proceed",
  exceed: "exceed",
  succeed: "succeed",
};

/** `[suffix, replacement, condition on the stem before it]`; the first suffix that ends the word decides. */
type Rule = readonly [suffix: string, replacement: string, holds: (stem: string) => boolean];

/** The Porter stem of a word, which is lower-cased first. Equal to NLTK's `PorterStemmer` in its three modes. */
export function porterStem(text: string, mode: PorterMode = "nltk"): string {
  const word = text.toLowerCase();
  if (mode === "nltk" && Object.hasOwn(irregular, word)) return irregular[word]!;
  if (mode !== "original" && word.length <= 2) return word;
  let stem = step1a(word, mode);
  stem = step1b(stem, mode);
  stem = step1c(stem, mode);
  stem = step2(stem, mode);
  stem = applyFirst(stem, step3Rules);
  stem = applyFirst(stem, step4Rules);
  stem = step5a(stem, mode);
  return stem.endsWith("ll") && measure(stem.slice(0, -1)) > 1 ? stem.slice(0, -1) : stem; // step 5b
}

/** A letter is a consonant unless it is a, e, i, o, u, or a y that follows a consonant. */
function isConsonant(word: string, i: number): boolean {
  const letter = word.charCodeAt(i);
  if (letter === 97 || letter === 101 || letter === 105 || letter === 111 || letter === 117) return false;
  return letter === 121 && i > 0 ? !isConsonant(word, i - 1) : true;
}

/** m in [C](VC)^m[V]: how often a vowel run is followed by a consonant run. */
function measure(stem: string): number {
  let m = 0;
  let previousIsVowel = false;
  for (let i = 0; i < stem.length; i++) {
    const consonant = isConsonant(stem, i);
    if (consonant && previousIsVowel) m++;
    previousIsVowel = !consonant;
  }
  return m;
}

const hasMeasure = (stem: string): boolean => measure(stem) > 0;
const hasLongMeasure = (stem: string): boolean => measure(stem) > 1;

function containsVowel(stem: string): boolean {
  for (let i = 0; i < stem.length; i++) if (!isConsonant(stem, i)) return true;
  return false;
}

function endsWithDoubleConsonant(word: string): boolean {
  const n = word.length;
  return n >= 2 && word[n - 1] === word[n - 2] && isConsonant(word, n - 1);
}

/** *o in the paper: consonant, vowel, consonant, the last not w, x or y. NLTK also takes vowel, consonant of two letters. */
function endsCvc(word: string, mode: PorterMode): boolean {
  const n = word.length;
  if (n >= 3) {
    return isConsonant(word, n - 3) && !isConsonant(word, n - 2) && isConsonant(word, n - 1) && !/[wxy]$/.test(word);
  }
  return mode === "nltk" && n === 2 && !isConsonant(word, 0) && isConsonant(word, 1);
}

function applyFirst(word: string, rules: readonly Rule[]): string {
  for (const [suffix, replacement, holds] of rules) {
    if (suffix === "*d") {
      if (endsWithDoubleConsonant(word)) {
        const stem = word.slice(0, -2);
        return holds(stem) ? stem + word.at(-1) : word;
      }
    } else if (word.endsWith(suffix)) {
      const stem = word.slice(0, word.length - suffix.length);
      return holds(stem) ? stem + replacement : word;
    }
  }
  return word;
}

const always = (): boolean => true;

function step1a(word: string, mode: PorterMode): string {
  // NLTK: "dies" → "die" (so that it meets "die"), "flies" → "fli".
  if (mode === "nltk" && word.endsWith("ies") && word.length === 4) return word.slice(0, -1);
  return applyFirst(word, [
    ["sses", "ss", always],
    ["ies", "i", always],
    ["ss", "ss", always],
    ["s", "", always],
  ]);
}

function step1b(word: string, mode: PorterMode): string {
  if (mode === "nltk" && word.endsWith("ied"))
    return word.length === 4 ? `${word.slice(0, -3)}ie` : `${word.slice(0, -3)}i`;
  if (word.endsWith("eed")) {
    const stem = word.slice(0, -3);
    return hasMeasure(stem) ? `${stem}ee` : word;
  }
  const suffix = ["ed", "ing"].find((s) => word.endsWith(s) && containsVowel(word.slice(0, -s.length)));
  if (suffix === undefined) return word;
  const stem = word.slice(0, -suffix.length);
  return applyFirst(stem, [
    ["at", "ate", always],
    ["bl", "ble", always],
    ["iz", "ize", always],
    ["*d", "", () => !/[lsz]$/.test(stem)],
    ["", "e", (s) => measure(s) === 1 && endsCvc(s, mode)],
  ]);
}

function step1c(word: string, mode: PorterMode): string {
  return applyFirst(word, [
    [
      "y",
      "i",
      // NLTK: y after a consonant, and not in a two-letter word ("by", "happy" but "enjoy" stays).
      (stem) => (mode === "nltk" ? stem.length > 1 && isConsonant(stem, stem.length - 1) : containsVowel(stem)),
    ],
  ]);
}

const step2Rules: Record<PorterMode, readonly Rule[]> = (() => {
  const common: Rule[] = [
    ["ational", "ate", hasMeasure],
    ["tional", "tion", hasMeasure],
    ["enci", "ence", hasMeasure],
    ["anci", "ance", hasMeasure],
    ["izer", "ize", hasMeasure],
  ];
  const rest: Rule[] = [
    ["alli", "al", hasMeasure],
    ["entli", "ent", hasMeasure],
    ["eli", "e", hasMeasure],
    ["ousli", "ous", hasMeasure],
    ["ization", "ize", hasMeasure],
    ["ation", "ate", hasMeasure],
    ["ator", "ate", hasMeasure],
    ["alism", "al", hasMeasure],
    ["iveness", "ive", hasMeasure],
    ["fulness", "ful", hasMeasure],
    ["ousness", "ous", hasMeasure],
    ["aliti", "al", hasMeasure],
    ["iviti", "ive", hasMeasure],
    ["biliti", "ble", hasMeasure],
  ];
  const bli: Rule = ["bli", "ble", hasMeasure];
  const abli: Rule = ["abli", "able", hasMeasure];
  const logi: Rule = ["logi", "log", hasMeasure];
  const fulli: Rule = ["fulli", "ful", hasMeasure];
  return {
    original: [...common, abli, ...rest],
    martin: [...common, bli, ...rest, logi],
    // NLTK measures the stem of "logi" with its l ("apologi": "apol", not "apo").
    nltk: [...common, bli, ...rest, fulli, ["logi", "log", (stem) => hasMeasure(`${stem}l`)]],
  };
})();

function step2(word: string, mode: PorterMode): string {
  // NLTK: "-alli" becomes "-al" first and the step runs again ("radically" → "radical").
  if (mode === "nltk" && word.endsWith("alli") && hasMeasure(word.slice(0, -4))) return step2(word.slice(0, -2), mode);
  return applyFirst(word, step2Rules[mode]);
}

const step3Rules: readonly Rule[] = [
  ["icate", "ic", hasMeasure],
  ["ative", "", hasMeasure],
  ["alize", "al", hasMeasure],
  ["iciti", "ic", hasMeasure],
  ["ical", "ic", hasMeasure],
  ["ful", "", hasMeasure],
  ["ness", "", hasMeasure],
];

const step4Rules: readonly Rule[] = [
  ["al", "", hasLongMeasure],
  ["ance", "", hasLongMeasure],
  ["ence", "", hasLongMeasure],
  ["er", "", hasLongMeasure],
  ["ic", "", hasLongMeasure],
  ["able", "", hasLongMeasure],
  ["ible", "", hasLongMeasure],
  ["ant", "", hasLongMeasure],
  ["ement", "", hasLongMeasure],
  ["ment", "", hasLongMeasure],
  ["ent", "", hasLongMeasure],
  ["ion", "", (stem) => hasLongMeasure(stem) && /[st]$/.test(stem)],
  ["ou", "", hasLongMeasure],
  ["ism", "", hasLongMeasure],
  ["ate", "", hasLongMeasure],
  ["iti", "", hasLongMeasure],
  ["ous", "", hasLongMeasure],
  ["ive", "", hasLongMeasure],
  ["ize", "", hasLongMeasure],
];

function step5a(word: string, mode: PorterMode): string {
  if (!word.endsWith("e")) return word;
  const stem = word.slice(0, -1);
  const m = measure(stem);
  return m > 1 || (m === 1 && !endsCvc(stem, mode)) ? stem : word;
}
