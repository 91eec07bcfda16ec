import { questionWords, searchTerms, stopWords } from "@loam/search";
import { sameAttribute } from "./attributes.ts";
import { knownUnit } from "./facts/units.ts";

/** Words that say how something is asked, or what a document is made of: no text needs to repeat them. */
const asking = new Set(
  (
    "number numbers amount value values quantity count total sum average mean difference share percentage percent cent " +
    "rate-of name names called named kind kinds type types sort title many much several size page pages step steps panel " +
    "figure table chart graph plot picture photo photograph image diagram curve text document file section chapter " +
    "person people someone anything something thing things way ways reason purpose result answer question " +
    "show shows shown find found take takes taken make makes made come comes came go goes went give gives given get gets " +
    "got become reach reaches have happen happens stop stand stands stood say says said state tell describe contain " +
    "contains hold use used know known need needs want wants change begin began start lie lies rise rose fall fell do " +
    "deal like look mean means work works run runs keep keeps put set let led win won hold held bring brought " +
    "new current main exact official actual first second third last final next whole entire only other own old present " +
    "highest lowest largest smallest greatest biggest longest shortest tallest heaviest lightest oldest youngest fastest " +
    "slowest best worst latest earliest most least fewest maximum minimum more less fewer higher lower larger smaller " +
    "year years month day date time where place written listed mentioned given according say long often far " +
    "author authors paper report study article book manual thesis findings purpose conclusion conclusions goal aim idea contribution point " +
    "city country company firm organisation organization recommend leave open close visit host perform performs happen reset " +
    "good bad better worse late early responsible available possible required important suitable able"
  ).split(" "),
);

/** German words that only build a question; some of them are English words of another meaning. */
const german = new Set(
  (
    "wie was wer wem wen wann wo woher wohin warum wieso weshalb welche welcher welches welchem welchen wieviel viel " +
    "viele vieles der die das den dem des ein eine einer eines einem einen ist sind war waren wird werden wurde wurden hat " +
    "haben hatte hatten kann können soll muss von vom im in am an auf aus bei beim bis durch für gegen mit nach ohne seit " +
    "über um unter vor zu zum zur zwischen und oder nicht auch noch nur so als sich es er sie ihr ihre sein seine man " +
    "lautet beträgt betrug gibt gab steht heißt hieß liegt lag kam nennt zeigt groß hoch lang alt schwer tief breit " +
    "teuer kostet kostete wiegt misst dauert gehört anzahl zahl wert betrag summe name namen art seite tabelle bild " +
    "abbildung jahr jahre monat datum höchste niedrigste größte kleinste meisten wenigsten insgesamt genau firma unternehmen bericht dokument studie zweck ziel stadt land person thema inhalt frage"
  ).split(" "),
);

const chinese = new Set(
  (
    "每年 名称 数量 数值 总数 总共 一共 平均 编号 号码 第几 页 图 表 图片 表格 文档 文件 内容 主要 提出 属于 表示 称为 又称 叫做 " +
    "进行 有关 关于 包括 包含 支持 采用 使用 推荐 建议 去掉 需要 提交 主持 管理 发展 基础 常用 时候 时间 地点 原因 为什么 如何 怎么 " +
    "什么时候 作者 论文 文章 报告 本文 研究 公司 贡献 完成 多少 第一 最后 最高 最低 最大 最小 最多 最少 年份 月份 日期 哪一 不再 可以 必须 之上 而来 发生 得到 负责"
  ).split(" "),
);

/** Whether a question is asked in German. */
export function isGerman(question: string): boolean {
  return (
    /\b(?:wie|wer|wem|wen|wann|wo|warum|was|welche[rsmn]?|wieviel)\b/i.test(question) &&
    /\b(?:der|die|das|den|dem|des|ist|sind|war|waren|hat|hatte|von|vom|im|am|bei|für|mit|nach|zum|zur|auf|eine?|wurden?|wird|viele|lautet|kostet|beträgt|gibt|passiert)\b/.test(
      question,
    )
  );
}

/** The question without the German words that only build it. */
export function withoutGerman(question: string): string {
  return question.replace(/\p{L}+/gu, (word) => (german.has(word.toLowerCase()) ? " " : word));
}

/**
 * The words of a question that what answers it would have to say, in this or like words: nouns, by their place and
 * looks. Names are left to `askedKey`.
 */
export function contentWords(question: string): string[] {
  if (isGerman(question)) return []; // its nouns are written as names are
  if (/\p{Script=Han}/u.test(question))
    return [...questionWords(question)].filter(
      (word) => /^\p{Script=Han}{2,}$/u.test(word) && !chinese.has(word) && !/[多几哪何谁]/u.test(word),
    );
  const words = [...question.matchAll(/\p{L}[\p{L}\p{M}'’]*/gu)];
  const asksWithDo = /\b(?:do|does|did)\b/i.test(question);
  return words.flatMap(({ 0: match, index }, i) => {
    const word = match.toLowerCase().replace(/['’]s$/, "");
    const before = words[i - 1]?.[0].toLowerCase();
    if (word.length < 4 || /^\p{Lu}/u.test(match) || stopWords.has(word) || asking.has(word)) return [];
    if (/(?:ed|ly|ing)$/.test(word) && !sameAttribute(searchTerms(word)[0] ?? word)) return []; // "is headed by" says what "was led by" asks
    // "Which city hosts …", "How many steps lead to …": a class, of which the answer names one, and what they do.
    const asked = (at: number) => /^(?:many|much|which|what)$/.test(words[at]?.[0].toLowerCase() ?? "");
    if (/^(?:how|who|to|i|you|we|they|one)$/.test(before ?? "")) return [];
    if (asksWithDo && !isArticle.test(before ?? "the") && behindVerb.test(question.slice(index + match.length)))
      return [];
    if (sameAttribute(searchTerms(word)[0] ?? word)) return [word];
    if (/^(?:which|what|is|are|was|were|be)$/.test(before ?? "")) return [];
    if (asked(i - 2) && !isArticle.test(before!)) return [];
    return knownUnit(word) ? [] : [word];
  });
}

/** What may stand right behind a verb: its object, where it is done, or nothing. */
const behindVerb =
  /^\P{L}*(?:$|(?:the|a|an|down|up|to|in|for|on|at|from|out|of|per|each|every|by|with|when|if)\b|\p{Lu})/u;

/** Words that only build a question, or name what every document has. */
export function onlyAsks(word: string): boolean {
  return asking.has(word) || german.has(word);
}

const isArticle = /^(?:the|a|an|is|are|was|were|do|does|did|of)$/;

/** Whether a text says a word: as it stands, with another ending, or inside of a longer word. */
export function saysWord(text: { terms: ReadonlySet<string>; folded: string }, word: string): boolean {
  if (/\p{Script=Han}/u.test(word)) {
    if (text.folded.includes(word)) return true;
    const characters = [...word];
    const pairs = characters.slice(1).map((character, i) => characters[i]! + character);
    return characters.length > 2
      ? pairs.some((pair) => text.folded.includes(pair))
      : characters.every((character) => text.folded.includes(character));
  }
  return searchTerms(word).some((term) => text.terms.has(term)) || text.folded.includes(stemOf(word));
}

/** What a word begins with, whatever its ending. */
function stemOf(word: string): string {
  return word.length >= 6 ? word.slice(0, Math.max(5, word.length - 3)) : word;
}
