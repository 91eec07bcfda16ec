import { Rng } from "@loam/core";

const english = [
  "How do I return an item that arrived damaged?",
  "The transformer follows an encoder-decoder structure using stacked self-attention.",
  "Figure 3 shows the validation loss against the number of training tokens.",
  "It's raining cats & dogs; nobody's outside (not even the mail carrier).",
  "In 2017, revenue rose 12.5% to $3.4 million.",
  "Was the experiment repeated with a different seed?",
  "The quick brown fox jumps over the lazy dog.",
  "ALL CAPITALS SHOUT LOUDLY",
  "camelCase and snake_case_identifiers with numbers42",
  "visit https://example.org/path?query=1#part for details",
  "She sells sea shells by the sea shore.",
  "A",
  "Pneumonoultramicroscopicsilicovolcanoconiosis",
];
const other = [
  "你好,世界",
  "图 3 显示了验证损失与训练步数的关系。",
  "机器学习是人工智能的一个分支。",
  "これは日本語の文です。",
  "한국어 문장입니다.",
  "Où est la bibliothèque ?",
  "Größenwahnsinnige Füße",
  "Привет, как дела?",
  "مرحبا بالعالم",
  "混合 English 与中文 in one sentence",
];
const odd = [
  "",
  " ",
  "   ",
  "\t",
  "\n",
  "two  spaces   three",
  " leading",
  "trailing ",
  "tab\tinside",
  "line\nbreak\r\nwindows",
  "non\u00a0breaking\u3000ideographic\u200bzero width",
  "🙂",
  "🙂🙂🙂 three smiles",
  "family 👨‍👩‍👧‍👦 emoji 🇨🇳 flag",
  "ﬁrst ligature, ①②③, ﾊﾝｶｸ, Ⅷ, x², ½",
  "e\u0301 combining against \u00e9",
  "▁already separated▁words",
  "<s> </s> extra_token_id_1",
  "????!!!!....",
  "\u0000\u0001 control",
  "\ud83d broken surrogate",
];

/** 200 texts: written ones, then random joins of their words up to 400 words, so that the limit of 128 pieces is passed. */
export function goldenTexts(): string[] {
  const rng = new Rng(1);
  const texts = [...english, ...other, ...odd];
  const words = [...english, ...other].flatMap((text) => text.split(" "));
  const lengths = [2, 3, 5, 8, 12, 20, 30, 50, 80, 100, 110, 120, 130, 200, 400];
  for (let i = 0; texts.length < 200; i++) {
    const length = lengths[i % lengths.length]!;
    texts.push(Array.from({ length }, () => words[rng.integer(words.length)]!).join(i % 7 === 0 ? "  " : " "));
  }
  return texts;
}
