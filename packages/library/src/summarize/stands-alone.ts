import { countWords } from "./count-words.ts";
import type { PaperSentence } from "./paper.ts";

/** Shorter sentences say too little, longer ones are lists or two sentences joined by mistake. */
const [fewestWords, mostWords] = [7, 60];

/** Where a paper talks of itself as a text: what a section or a figure holds, not what was found. */
const signpost =
  /\b(?:the )?(?:rest|remainder) of (?:this|the) (?:paper|article|report)|\b(?:paper|article|report|thesis) is (?:organi[sz]ed|structured)|\b(?:in|see) (?:this|the (?:next|following|previous)|section|chapter|appendix)\b (?:sub)?sections?|\bin (?:this|the (?:next|following|previous)) (?:sub)?(?:section|chapter)s?\b|\b(?:we|which) (?:first|then|now|next|briefly) (?:describe|discuss|review|present|introduce|give|explain|turn)\b|\bsections? \d[\d.]* (?:\w+ )?(?:describes?|presents?|discuss(?:es)?|gives?|introduces?|reviews?|concludes?|covers?|shows?|reports?)\b|本节|本小节|上一?节|下一?节|下面(?:给出|介绍|我们)|(?:本文|论文)(?:的)?(?:结构|组织)|(?:图|表|如上|如下)所示|(?:上|下)[图表]/i;

/** A sentence about a figure, table or equation that is not shown with it. */
const aboutFigure =
  /^(?:(?:as (?:shown|seen|illustrated)|see|note|shown) in |from |in )?(?:the )?(?:fig(?:ure|s)?|table|tab|eq(?:uation|s)?|algorithm|example|listing|source)s?\b[.:]?\s*\(?\d|^(?:source|note|example)s?\s?\d*[-.\d]*\s?[:：]|\b(?:following|above|below)(?: (?:figure|table|equation|example)|\s*[.:]?$)|\b(?:figure|fig\.|table|equation|eq\.)s? ?\(?\d[-.\d]*\)? (?:\w+ )?(?:shows?|breaks?|illustrates?|presents?|lists?|depicts?|compares?|gives?|summari[sz]es|plots?|displays?|provides?|reports?)\b|\b(?:shown|seen|given|listed|presented|depicted|illustrated|defined|described|included|excluded) (?:in|by|from) (?:the )?(?:fig(?:ure)?|table|tab|eq(?:uation)?|section|algorithm)s?\b|^[图表]\s?\d|^例如?[:：]|^注[:：]|^证明/i;

const namesFigure =
  /\b(?:fig(?:ure)?|table|eq(?:uation)?|algorithm|listing|example|theorem|lemma|section)s?\.? ?\(?\d|[图表式] ?[\d(（]|(?:定理|引理|证明|公式|例)\s?\d/i;

/** An opening that points back at a sentence that is not there. */
const pointsBack =
  /^(?:(?:this|these|those|such)(?! (?:paper|work|study|article|report|survey|thesis|research)\b)|that|it|its|they|their|them|he|she|his|her|here|there(?:fore|by|after)|thus|hence|so|but|and|or|nor|yet|then|also|however|moreover|furthermore|additionally|besides|nevertheless|nonetheless|consequently|accordingly|similarly|likewise|conversely|instead|otherwise|meanwhile|finally|lastly|second(?:ly)?|third(?:ly)?|next|specifically|in (?:addition|contrast|particular|fact|other words|turn|this (?:case|way|sense|setting|example|step|context)|such|these|that|both|each|either case)|for (?:example|instance|this|these)|by (?:contrast|comparison|doing)|on the (?:other|contrary)|as (?:a (?:result|consequence)|such|before|above|mentioned|noted|discussed|stated|expected)|at (?:this|that|the same) (?:point|stage|time)|to (?:this end|do (?:so|this))|because of (?:this|these)|due to (?:this|these)|with (?:this|these)|under (?:this|these)|(?:the|both|all|each of) (?:latter|former|above|same|following|two|three|four|resulting)|another|other|others|again|still|even so|rather|indeed|unfortunately|if so|let (?:us )?|recall|note|suppose|assume)\b|^(?:这|该|其|它|他|她|此|但|不过|然而|因此|因而|所以|故|而|并且?|且|另外|此外|同时|同样|例如|比如|由此|于是|接着|随后|然后|最后|其次|再次|也|还|即|上述|前者|后者|除此|与此|相比之下|反之|总之|换言之|具体|由定理|由式|可以看出|可见|表示|另一)/i;

/** "To address these issues, …", "After this step …". */
const pointsBackSoon =
  /^(?:to|after|before|with|without|under|by|using|given|from|in|on|for|all|most|some|many|based on) (?:[\p{L}-]+ ){0,2}(?:this|these|those|such|it|them)(?! (?:paper|work|study|article|report|survey|thesis|research)\b)\b/iu;

/** Marks of formulas and program text. */
const formulaMark = /[=<>|∈∉∑∏∫≤≥≠≈≡∀∃∂∇→←↦⇒×·⊕⊗∪∩⊂⊆√∞^_{}\\*]|(?<![\p{L}\p{N}’'-])[a-zα-ω](?![\p{L}\p{N}’'-])/gu;

/** Whether a sentence opens by pointing back at the one before it ("However, it …"), and means nothing without that. */
export function leansOnPrevious({ text }: Pick<PaperSentence, "text">): boolean {
  const opening = text.replace(/^["“‘(（]+/, "");
  return pointsBack.test(opening) || pointsBackSoon.test(opening);
}

/** Whether a sentence is whole running text that can be read without its page: no formula, list, caption or signpost. */
export function canBeQuoted({ text }: Pick<PaperSentence, "text">): boolean {
  const running = text.replace(/[(（][^()（）]*[)）]/g, ""); // "(Figure 3)" takes nothing away
  const length = countWords(text);
  if (length < fewestWords || length > mostWords) return false;
  const visible = text.replace(/\s/g, "").length;
  const letters = (text.match(/\p{L}/gu)?.length ?? 0) / visible;
  const whole =
    /[.!。！]["”’）)\]]*\d{0,2}$/u.test(text) && /^["“‘(（]?(?:[\p{Lu}\p{Lo}]|\d+(?!\d*[.)、．]\s))/u.test(text);
  return (
    whole &&
    letters > 0.72 &&
    isBalanced(text) &&
    !signpost.test(text) &&
    !aboutFigure.test(text) &&
    !namesFigure.test(running) &&
    (text.match(formulaMark)?.filter((mark) => mark !== "a").length ?? 0) <= 1 + visible / 200 &&
    !debris.test(text)
  );
}

/** Addresses, leaders of dots, letters torn apart, tables of contents, references that were cut, captions. */
const debris =
  /@|https?:|www\.|©|•|\bcopyright\b|\.{4}|(?:\p{L} ){3}\p{L}\b|(?:\b\d+ [\p{L}' ]+){4,}|\bet al\.$|^[\p{L}\d -]{1,24}: |\((?:left|right|top|bottom|upper|lower)(?: panel)?\)|(?<=\p{Script=Han}[，、。]?)\s\p{Lu}\s/iu;

/** A bracket that is closed but never opened tells of a sentence cut in two. */
function isBalanced(text: string): boolean {
  const count = (mark: RegExp): number => text.match(mark)?.length ?? 0;
  return count(/[(（]/g) === count(/[)）]/g) && count(/\[/g) === count(/\]/g) && count(/[“]/g) === count(/[”]/g);
}
