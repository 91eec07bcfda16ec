/** What a section of a paper is for. `back` is what a summary leaves out: references, appendices, thanks. */
export type SectionRole =
  | "front"
  | "abstract"
  | "introduction"
  | "related"
  | "methods"
  | "results"
  | "discussion"
  | "conclusion"
  | "other"
  | "back"
  | "rest-of-back";

const roles: readonly (readonly [SectionRole, RegExp])[] = [
  // From here to the end of the document, unless a main section follows.
  [
    "rest-of-back",
    /^(?:references|bibliography|literature cited|works cited|appendi(?:x|ces)|supplementa\w+|参考文献|附录)/i,
  ],
  [
    "back",
    /^(?:acknowledge?ments?|contents|table of contents|list of|keywords|author contributions|funding|conflicts? of interest|ethic|data availability|about (?:this|the authors?)|致\s*谢|目\s*录|关键[词字])/i,
  ],
  ["abstract", /^(?:abstract|摘\s*要)|摘\s*要$/i],
  ["conclusion", /^(?:conclu|summary(?! of)|final remarks|future work|limitations|结论|总结|结语|小结|建议)/i],
  ["discussion", /^(?:general )?(?:discussion|讨论)/i],
  ["results", /^summary of|result|evaluation|experiment|findings|ablation|结果|实验|评估|分析/i],
  ["related", /related work|previous work|background|preliminar|literature|相关工作|研究现状|背景/i],
  ["introduction", /^(?:introduction|overview|motivation|引言|绪论|前言|概述|中文摘述)/i],
  [
    "methods",
    /method|approach|materials|model|algorithm|implementation|formulation|design|setup|方法|模型|材料|算法|设计/i,
  ],
];

/** The number before a heading: `3.1`, `IV.`, `二、`. */
const number =
  /^\s*(?:第?[一二三四五六七八九十]+[章节、．.\s]+|(?:\d+\s*[.．]?\s*)+|[IVX]+[.\s]+|[A-Z][.]?\s+(?=\p{Lu}))/u;

/** What a heading announces; undefined when its words do not say. */
export function roleOfHeading(heading: string): SectionRole | undefined {
  const words = heading.normalize("NFKC").replace(number, "").trim();
  return roles.find(([, named]) => named.test(words))?.[0];
}

/** Headings after the references that belong to an appendix: `A Proof of Lemma 1`. */
export function isAppendixHeading(heading: string): boolean {
  return /^\s*[A-H](?:[.\s]|\d)/.test(heading);
}
