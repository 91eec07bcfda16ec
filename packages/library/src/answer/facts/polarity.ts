import { searchTerms } from "@loam/search";

const negation = /\b(?:not|no|never|none|neither|nor|without|cannot|hardly|\w+n['’]t)\b|[不没未无非否]/giu;
/** Words that hold such a character and deny nothing. */
const harmless =
  /不同|不仅|不但|不断|不少|不久|无论|非常|未来|无线|不锈钢|no\.\s*\d|not only|no doubt|no longer than/giu;

/** Words that say the opposite of each other. */
const opposites = [
  ["increase rise rose risen grow grew grown climb", "decrease fall fell fallen decline drop shrink shrank"],
  ["higher", "lower"],
  ["highest", "lowest"],
  ["more", "fewer less"],
  ["most", "least fewest"],
  ["larger bigger", "smaller"],
  ["largest biggest", "smallest"],
  ["faster", "slower"],
  ["fastest", "slowest"],
  ["before", "after"],
  ["above", "below"],
  ["best", "worst"],
  ["better", "worse"],
  ["allow permit", "forbid prohibit"],
  ["accept", "reject"],
  ["include", "exclude"],
  ["win won", "lose lost"],
  ["open", "closed"],
  ["增加 上升 增长", "减少 下降 降低"],
  ["高于 多于", "低于 少于"],
  ["最高", "最低"],
  ["最大", "最小"],
  ["之前", "之后"],
].map((pair) => pair.map((words) => words.split(" ").map((word) => searchTerms(word)[0] ?? word)));

/** Whether a sentence denies what a passage says, or the other way round, or says its opposite. */
export function contradicts(sentence: string, passage: string): boolean {
  const said = new Set(searchTerms(sentence));
  const stated = new Set(searchTerms(passage));
  const denied = denials(sentence);
  const deniedThere = denials(passage);
  if (denied.length > deniedThere.length) return true;
  const own = new Set(denied.flat());
  if (deniedThere.some((terms) => terms.length > 0 && terms.every((term) => said.has(term) && !own.has(term))))
    return true;
  return opposites.some(([a, b]) => isSwapped(said, stated, a!, b!) || isSwapped(said, stated, b!, a!));
}

function isSwapped(
  said: ReadonlySet<string>,
  stated: ReadonlySet<string>,
  these: readonly string[],
  those: readonly string[],
): boolean {
  const has = (terms: ReadonlySet<string>, words: readonly string[]) => words.some((word) => terms.has(word));
  return has(said, these) && !has(said, those) && has(stated, those) && !has(stated, these);
}

/** For each negation, the terms right behind it: what it denies. */
function denials(text: string): string[][] {
  const plain = text.replace(harmless, " ");
  return [...plain.matchAll(negation)].map(({ index, 0: word }) => {
    const rest = plain.slice(index + word.length).split(/[,.;:，。；：]/)[0]!;
    return /^\p{Script=Han}$/u.test(word) ? searchTerms(rest.slice(0, 4)).slice(0, 1) : searchTerms(rest).slice(0, 1);
  });
}
