import type { Box } from "@loam/pdf";

/** A question about a file of the papers folder and where its answer stands. */
export interface GoldQuestion {
  /** Below `papers/`, or an absolute path. */
  file: string;
  question: string;
  /** Any of these pages is right. */
  pages: number[];
  /** Words that stand in the line, row or caption that answers; undefined when the figure does. */
  anchor?: string;
  /** The figure or table that answers, by its label. */
  label?: string;
  /** The place itself, where it is known. */
  box?: Box;
  from: "text" | "figure" | "table";
}

const deepseek = "en/deepseek_r1.pdf";
const tracemonkey = "en/tracemonkey_pldi09_twocol.pdf";
const stereo = "en/mineru_demo2_stereo_twocol_figures.pdf";
const tableformer = "en/mineru_demo3_tableformer_twocol.pdf";
const style = "en/chatpdf_style_transfer_nips.pdf";
const cosmology = "en/grobid_0807.3577_cosmology.pdf";
const parser = "en/layout_parser_paper_table_1p.pdf";
const reliance = "en/reliance_annual_report_extract.pdf";
const thesis = "zh/ucas_thesis_guide.pdf";
const contest = "zh/cumcm_math_modelling_example.pdf";
const references = "zh/gbt7714_2015_references.pdf";
const chemistry = "zh/mineru_chem_intro.pdf";

/** The weights of `extractive.ts` were chosen while looking at these and at the sample's. */
export const goldQuestions: GoldQuestion[] = [
  // English text
  {
    file: deepseek,
    question: "Why is group relative policy optimization adopted?",
    pages: [5],
    anchor: "foregoes the critic model",
    from: "text",
  },
  {
    file: deepseek,
    question: "How many reasoning related training samples were collected?",
    pages: [10, 11],
    anchor: "about 600k",
    from: "text",
  },
  {
    file: deepseek,
    question: "What are the drawbacks of DeepSeek-R1-Zero?",
    pages: [9],
    anchor: "struggles with challenges like",
    from: "text",
  },
  {
    file: tracemonkey,
    question: "What speedup does TraceMonkey reach for traceable programs?",
    pages: [2],
    anchor: "2x-20x speedup",
    from: "text",
  },
  {
    file: tracemonkey,
    question: "How many programs does the SunSpider benchmark suite consist of?",
    pages: [10],
    anchor: "consists of 26 short-running",
    from: "text",
  },
  {
    file: tracemonkey,
    question: "How many cycles per bytecode does trace recording take?",
    pages: [12],
    anchor: "3800 cycles per bytecode",
    from: "text",
  },
  {
    file: stereo,
    question: "Which platform was used to implement the algorithm?",
    pages: [5],
    anchor: "Compute Unified Device Architecture",
    from: "text",
  },
  {
    file: stereo,
    question: "What was used to construct the complex scene of the synthetic video?",
    pages: [3],
    anchor: "Google Sketchup",
    from: "text",
  },
  {
    file: tableformer,
    question: "How many attention bias scalar parameters are added per head per layer?",
    pages: [7],
    anchor: "13 parameters per head",
    from: "text",
  },
  {
    file: style,
    question: "What learning rate is used in the experiments?",
    pages: [6],
    anchor: "learning rate is 0.0001",
    from: "text",
  },
  {
    file: style,
    question: "On which data is sentiment modification evaluated?",
    pages: [7],
    anchor: "Yelp restaurant reviews",
    from: "text",
  },
  {
    file: style,
    question: "Which kind of neural network implements both D1 and D2?",
    pages: [6],
    anchor: "using convolutional neural networks",
    from: "text",
  },
  {
    file: cosmology,
    question: "In which section is Buchert's averaging procedure presented?",
    pages: [4],
    anchor: "averaging procedure is presented",
    from: "text",
  },
  {
    file: reliance,
    question: "What is the market capitalisation of Reliance?",
    pages: [2],
    anchor: "17,81,841 crore",
    from: "text",
  },
  { file: reliance, question: "How much was the net profit?", pages: [2], anchor: "67,845 crore", from: "text" },
  // English tables
  {
    file: tracemonkey,
    question: "What is the speedup of bitops-3bit-bits-in-byte?",
    pages: [12],
    label: "Figure 13",
    from: "table",
  },
  {
    file: deepseek,
    question: "What Codeforces rating does OpenAI o1-1217 reach?",
    pages: [13],
    label: "Table 4",
    from: "table",
  },
  {
    file: deepseek,
    question: "What is the MMLU-Pro score of DeepSeek R1?",
    pages: [13],
    label: "Table 4",
    from: "table",
  },
  {
    file: stereo,
    question: "How many frames per second does CostFilter reach?",
    pages: [5],
    label: "Table II",
    from: "table",
  },
  {
    file: stereo,
    question: "What value does the window size for cost aggregation have?",
    pages: [4],
    label: "Table I",
    from: "table",
  },
  { file: stereo, question: "On which GPU does the ESAW method run?", pages: [5], label: "Table II", from: "table" },
  {
    file: tableformer,
    question: "What accuracy does TAPAS-BASE reach with only global positional ids (gp) on the SQA development set?",
    pages: [7],
    label: "Table 5",
    from: "table",
  },
  {
    file: tableformer,
    question: "How many parameters does TAPAS large have?",
    pages: [7],
    label: "Table 4",
    from: "table",
  },
  {
    file: style,
    question: "What Bleu score does unigram matching reach in word substitution decipherment?",
    pages: [9],
    label: "Table 4",
    from: "table",
  },
  {
    file: parser,
    question: "Which dataset covers layouts of modern scientific documents?",
    pages: [1],
    label: "Table 1",
    from: "table",
  },
  {
    file: "en/pypdf_multicolumn.pdf",
    question: "What is the capital of the Czech Republic?",
    pages: [3],
    label: "Table 1",
    from: "table",
  },
  // English figures
  { file: tracemonkey, question: "What does Figure 2 show?", pages: [2], label: "Figure 2", from: "figure" },
  {
    file: tracemonkey,
    question: "Which figure shows the fraction of time spent on major VM activities?",
    pages: [13],
    label: "Figure 12",
    from: "figure",
  },
  {
    file: stereo,
    question: "Which figure compares stereo matching with and without temporal cost aggregation?",
    pages: [5],
    label: "Figure 5",
    from: "figure",
  },
  {
    file: deepseek,
    question: "How does the average response length change during the RL process?",
    pages: [8],
    label: "Figure 3",
    from: "figure",
  },
  {
    file: style,
    question: "Which figure gives an overview of the proposed cross-alignment method?",
    pages: [2],
    label: "Figure 1",
    from: "figure",
  },
  {
    file: cosmology,
    question: "What does the residual Hubble diagram present for models 1-4?",
    pages: [7],
    label: "Figure 1",
    from: "figure",
  },
  {
    file: tracemonkey,
    question: "What happens after the state 'Compile Trace' in the state machine?",
    pages: [2],
    label: "Figure 2",
    from: "figure",
  },
  // Chinese
  { file: thesis, question: "模板是在谁的模板基础上发展而来的？", pages: [19], anchor: "吴凌云研究员", from: "text" },
  {
    file: thesis,
    question: "MacOS 系统推荐使用哪种文本编辑器？",
    pages: [20],
    anchor: "Texmaker或Texshop",
    from: "table",
  },
  { file: thesis, question: "图片支持哪些格式？", pages: [23], anchor: "支持格式有", from: "text" },
  { file: thesis, question: "模板文档采用什么编码？", pages: [28, 22], anchor: "UTF-8编码", from: "text" },
  { file: thesis, question: "图2.2 展示了什么？", pages: [25], label: "图2.2", from: "figure" },
  { file: thesis, question: "为什么不再建议使用CTeX套装？", pages: [19], anchor: "停止维护", from: "text" },
  { file: contest, question: "绘制三线表常用哪个宏包？", pages: [6], anchor: "booktabs", from: "text" },
  { file: contest, question: "论文第一页是什么？", pages: [3], anchor: "论文第一页为承诺书", from: "text" },
  { file: contest, question: "承诺书上的日期是哪一天？", pages: [1], anchor: "2023 年 9 月 8 日", from: "text" },
  { file: contest, question: "图1 是什么图？", pages: [6], label: "图1", from: "figure" },
  { file: contest, question: "电子版论文提交时需要去掉什么？", pages: [5], anchor: "需去掉封面和编号页", from: "text" },
  { file: references, question: "《国史旧闻》的作者是谁？", pages: [1, 6, 12], anchor: "陈登原", from: "text" },
  { file: references, question: "全智能节电器的专利号是多少？", pages: [3, 5], anchor: "200610171314.3", from: "text" },
  { file: chemistry, question: "实验式又称什么？", pages: [1], anchor: "又称简式", from: "text" },
  { file: chemistry, question: "一个葡萄糖分子含多少个碳原子？", pages: [1], anchor: "含 6个碳原子", from: "text" },
  { file: chemistry, question: "氢键用什么表示？", pages: [1], anchor: "氢键用虚线表示", from: "text" },
];

/** Questions that none of the files answers. */
export const unanswerable: { file: string; question: string }[] = [
  { file: deepseek, question: "What is the boiling point of mercury?" },
  { file: tracemonkey, question: "Who won the football world cup in 1998?" },
  { file: stereo, question: "How do penguins keep their eggs warm?" },
  { file: style, question: "What is the population of Brazil?" },
  { file: reliance, question: "Which enzyme unwinds the DNA double helix?" },
  { file: tableformer, question: "Which recipe is best for sourdough bread?" },
  { file: thesis, question: "企鹅如何给蛋保暖？" },
  { file: contest, question: "长城有多长？" },
  { file: references, question: "水稻什么时候播种？" },
  { file: chemistry, question: "谁赢得了1998年世界杯？" },
];
