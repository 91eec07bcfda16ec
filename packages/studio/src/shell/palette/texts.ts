/** Texts of the palette. */
const en = {
  label: "Go to",
  placeholder: "A page, a document, a run, a trace…",
  results: "Places",
  groups: { pages: "Pages", documents: "Documents", runs: "Runs", traces: "Traces" },
  none: (q: string) => `Nothing is called “${q}”.`,
  hint: "↑ ↓ to choose, Enter to open, Esc to close",
};

const zhCn: typeof en = {
  label: "前往",
  placeholder: "页面、文档、运行、追踪…",
  results: "结果",
  groups: { pages: "页面", documents: "文档", runs: "运行", traces: "追踪" },
  none: (q) => `没有名为“${q}”的内容。`,
  hint: "↑ ↓ 选择，回车打开，Esc 关闭",
};

export const paletteTexts = { en, "zh-CN": zhCn };
