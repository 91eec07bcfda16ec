/** "Figure 3", "Table II", "图 3-1" at the head of a caption or inside a sentence. */
export interface Label {
  kind: "figure" | "table";
  /** As printed, without the punctuation after it. */
  text: string;
  /** What makes labels equal however they are written: `figure:3`. */
  key: string;
  length: number;
}

const number = "(?:[A-Z]{1,2}[.-]?)?\\d{1,3}(?:[.\\-–]\\d{1,3})*|[IVXLC]{1,6}(?![a-z])|[A-Z]\\d{0,2}(?![A-Za-z])";
const english = `(?:Supplementary |Extended Data |Appendix )?(Figures?|Figs?\\.?|FIGURES?|FIGS?\\.?|FIG\\.?|Tables?|TABLES?|Tab\\.|Charts?|Exhibit|Scheme|Plate|Diagram|Graph|Illustration)[ \\u00a0]?(${number})([a-z](?![a-z]))?`;
const chinese =
  "(附?图|附?表|圖|表格|插图)[ \\u00a0]?((?:[A-Z][.-]?)?\\d{1,3}(?:[.\\-–—‑]\\d{1,3})*|[一二三四五六七八九十]{1,3})([a-z](?![a-z]))?";

const captionEnglish = new RegExp(`^${english}(?<after>\\s*[.:：|—–-](?!\\d)|\\s*$|\\s+(?=[A-Z(“"‘]))`, "u");
const captionChinese = new RegExp(`^${chinese}(?<after>\\s*[.:：、．]|\\s*$|\\s+|(?=[^\\d\\s的中所是可给]))`, "u");
const mentionEnglish = new RegExp(`\\b${english}`, "gu");
const mentionChinese = new RegExp(chinese, "gu");

/** The label with which a caption opens; undefined when the text is no caption. */
export function captionLabel(text: string): Label | undefined {
  const match = captionEnglish.exec(text) ?? captionChinese.exec(text);
  if (!match) return undefined;
  const after = match.groups?.after ?? "";
  // "Figure 3 shows that ..." is a sentence.
  const rest = text.slice(match[0].length);
  if (
    !/[.:：|—–-]/u.test(after) &&
    /^(?:shows?|depicts?|illustrates?|presents?|gives?|lists?|中|所示|给出|显示|列出|可以|是|为)/u.test(
      rest.trimStart(),
    )
  )
    return undefined;
  return toLabel(match[1]!, match[2]!, text.slice(0, match[0].length - after.length).trim(), match[0].length);
}

/** Every label that a text refers to, "Figures 3 and 4" and "Figs. 2–4" included. */
export function labelsIn(text: string): Label[] {
  const labels: Label[] = [];
  for (const pattern of [mentionEnglish, mentionChinese]) {
    for (const match of text.matchAll(pattern)) {
      const range = /s\.?$/iu.test(match[1]!) ? /^(\d{1,3})[–-](\d{1,3})$/u.exec(match[2]!) : null; // "Figs. 2–4"
      if (range) {
        const [from, to] = [Number(range[1]), Number(range[2])];
        for (let n = from; n <= Math.min(to, from + 12); n++)
          labels.push(toLabel(match[1]!, String(n), `${match[1]} ${n}`, 0));
        continue;
      }
      labels.push(toLabel(match[1]!, match[2]!, match[0], match[0].length));
      const list = /^(?:\s?(?:,|and|&|和|与|及|、|–|-|~|to|至)\s?(?:\d{1,3}(?:\.\d{1,3})*)(?![\d%]))+/u.exec(
        text.slice(match.index + match[0].length),
      );
      let previous = Number(match[2]);
      for (const more of list?.[0].matchAll(/(,|and|&|和|与|及|、|–|-|~|to|至)\s?(\d{1,3}(?:\.\d{1,3})*)/gu) ?? []) {
        const to = Number(more[2]);
        if (/[–\-~至]|to/u.test(more[1]!) && to - previous < 12) {
          for (let n = previous + 1; n < to; n++) labels.push(toLabel(match[1]!, String(n), `${match[1]} ${n}`, 0));
        }
        labels.push(toLabel(match[1]!, more[2]!, `${match[1]} ${more[2]}`, 0));
        previous = to;
      }
    }
  }
  return labels;
}

function toLabel(word: string, no: string, text: string, length: number): Label {
  const kind = /tab|表/iu.test(word) ? "table" : "figure";
  const family = /^(?:scheme|chart|exhibit|plate|diagram|graph|illustration)/iu.test(word)
    ? word.toLowerCase().replace(/s$/, "")
    : kind;
  return { kind, text, key: `${family}:${canonicalNumber(no)}`, length };
}

const chineseDigits = "零一二三四五六七八九";

/** Roman and Chinese numerals as digits; "3–1", "3.1" and "3-1" as "3-1". */
function canonicalNumber(no: string): string {
  if (/^[一二三四五六七八九十]+$/u.test(no)) {
    const [tens, ones] = no.includes("十") ? no.split("十") : ["0", no];
    return String(
      (tens === "" ? 1 : chineseDigits.indexOf(tens!) * (tens === "0" ? 0 : 1)) * 10 +
        Math.max(0, chineseDigits.indexOf(ones!)) -
        (ones === "" ? 0 : 0),
    );
  }
  if (/^[IVXLC]+$/.test(no)) {
    const values: Record<string, number> = { I: 1, V: 5, X: 10, L: 50, C: 100 };
    let sum = 0;
    for (let i = 0; i < no.length; i++) {
      const value = values[no[i]!]!;
      sum += value < (values[no[i + 1]!] ?? 0) ? -value : value;
    }
    return String(sum);
  }
  return no.replace(/[.\-–—‑]/gu, "-").toUpperCase();
}
