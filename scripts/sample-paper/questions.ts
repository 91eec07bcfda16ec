/** A question about the sample paper; `at` names the passage, figure or table that answers it. */
export interface QuestionSource {
  question: string;
  /** What a right answer contains. */
  answer: string;
  at: string;
  kind: "text" | "figure" | "table";
}

export const questions: QuestionSource[] = [
  { question: "At what height above sea level did the trial stand?", answer: "212 metres", at: "site", kind: "text" },
  {
    question: "What had the ground been used for before the trial, and for how long?",
    answer: "eleven years",
    at: "site",
    kind: "text",
  },
  { question: "How deep were the capacitance probes placed?", answer: "12 cm", at: "loggers", kind: "text" },
  {
    question: "What was the remaining error of the probes after calibration?",
    answer: "0.8 percentage points",
    at: "loggers",
    kind: "text",
  },
  {
    question: "How were the earthworms brought to the surface for counting?",
    answer: "mustard",
    at: "mustard",
    kind: "text",
  },
  {
    question: "How many days did the dry spell of the first summer last?",
    answer: "23 days",
    at: "drought",
    kind: "text",
  },
  { question: "Under which cover did Lumbricus terrestris appear?", answer: "clover", at: "species", kind: "text" },
  { question: "What was the mean weight of a leek from the compost bed?", answer: "231 g", at: "yield", kind: "text" },
  { question: "How much did the clover seed cost?", answer: "3 euros", at: "cost", kind: "text" },
  { question: "Since when had no winter been as mild as the second one?", answer: "1974", at: "limits", kind: "text" },
  {
    question: "How many millimetres of rain per hour can soak into the white clover bed?",
    answer: "61",
    at: "beds",
    kind: "table",
  },
  {
    question: "How much humus, in per cent, did the compost bed have at the end?",
    answer: "4.6",
    at: "beds",
    kind: "table",
  },
  {
    question: "How many earthworms per square metre were counted under clover in autumn?",
    answer: "187",
    at: "bars",
    kind: "figure",
  },
  { question: "How many earthworms did the bare bed have in spring?", answer: "38", at: "bars", kind: "figure" },
  {
    question: "How high did the soil moisture of the compost bed rise after the rain?",
    answer: "31.7",
    at: "lines",
    kind: "figure",
  },
  { question: "What was the lowest weekly water content of the bare bed?", answer: "8.6", at: "lines", kind: "figure" },
  { question: "Which pH is written on the stake in the photograph?", answer: "6.4", at: "photo", kind: "figure" },
  { question: "On which day was the photograph of the bed taken?", answer: "27 MAY", at: "photo", kind: "figure" },
  { question: "What was the name of the 26 cm long worm?", answer: "Beatrice", at: "notebook", kind: "text" },
  { question: "Why did logger number 3 stop?", answer: "mouse", at: "notebook", kind: "text" },
  { question: "裸土畦地下五厘米处的最高温度是多少？", answer: "三十四摄氏度", at: "zh-temperature", kind: "text" },
  { question: "试验开始之前，这块地做了多少年草坪？", answer: "十一年", at: "zh-site", kind: "text" },
  { question: "作者建议先铺多厚的堆肥？", answer: "五厘米", at: "zh-advice", kind: "text" },
  { question: "铺稻草的厚度以多少为宜？", answer: "八厘米", at: "zh-straw", kind: "text" },
  { question: "每平方米撒播多少克白三叶种子？", answer: "两克", at: "zh-sowing", kind: "text" },
  { question: "刺猬吃掉了多少条蛞蝓？", answer: "两百条", at: "zh-thanks", kind: "text" },
  { question: "堆肥畦用水多少升？", answer: "120", at: "zh-work", kind: "table" },
  { question: "白三叶畦用工多少小时？", answer: "9", at: "zh-work", kind: "table" },
  { question: "收获了多少公斤大葱？", answer: "四十二公斤", at: "notebook", kind: "text" },
];
