/** Texts of the first page. */
const en = {
  title: "Ask",
  intro: "One question to all that Loam has read. Every sentence of the answer shows the place it rests on.",
  placeholder: "What would you like to know?",
  sources: "Ask in",
  all: "All documents",
  choose: "Choose documents",
  evidence: "Evidence",
  evidenceEmpty: "What an answer rests on shows here, as it stands on the page.",
  evidenceNone: "This answer cites nothing.",
  open: (title: string, page: string) => `Open ${title}, ${page}`,
  crop: (page: string) => `The cited place on ${page}`,
  emptyTitle: "Nothing has been read yet",
  emptyBody: "Add a document to the library, then ask it here. The sample paper is a good first one.",
  toLibrary: "Add documents",
  tryOne: "For example",
  examples: ["What is this about?", "Which figures and tables are there?", "What was measured, and how?"],
  reading: (n: number) => (n === 1 ? "1 document is still being read." : `${n} documents are still being read.`),
};

const zhCn: typeof en = {
  title: "提问",
  intro: "向 Loam 读过的所有内容提一个问题。答案的每句话都会标出依据所在的位置。",
  placeholder: "你想知道什么？",
  sources: "提问范围",
  all: "所有文档",
  choose: "选择文档",
  evidence: "依据",
  evidenceEmpty: "答案所依据的原文会显示在这里，与页面上的一样。",
  evidenceNone: "这个答案没有引用任何内容。",
  open: (title, page) => `打开 ${title}，${page}`,
  crop: (page) => `${page}上被引用的位置`,
  emptyTitle: "还没有读过任何文档",
  emptyBody: "先把文档添加到文库，再来这里提问。可以从示例论文开始。",
  toLibrary: "添加文档",
  tryOne: "例如",
  examples: ["这讲的是什么？", "有哪些图和表？", "测量了什么？怎么测的？"],
  reading: (n) => `还有 ${n} 份文档正在读取。`,
};

export const askTexts = { en, "zh-CN": zhCn };
