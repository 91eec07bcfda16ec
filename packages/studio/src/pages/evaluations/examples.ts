import type { PlaygroundSearch } from "./evaluations-search.ts";

/** Pairs to begin with, each with the metric that shows something in it. */
export const examples = {
  summary: {
    c: "The council approved the new harbour on Tuesday, after residents argued for months about its cost.",
    r: "After months of arguments over the cost, the city council approved plans for a new harbour on Tuesday.",
    metric: "rouge2",
  },
  order: {
    c: "On the mat by the door the old cat slept all day.",
    r: "The old cat slept all day on the mat by the door.",
    metric: "ter",
  },
  chinese: {
    c: "研究人员发现，堆肥能让土壤在夏天多保存三成的水分。",
    r: "研究发现，施用堆肥的土壤在夏季能多保留百分之三十的水分。",
    metric: "rougeL",
  },
  translation: {
    c: "图书馆星期天不开门，请您星期一再来。🙂",
    r: "图书馆周日不开放，请周一再来。🙂",
    metric: "chrf",
  },
} satisfies Record<string, PlaygroundSearch>;
export type ExampleName = keyof typeof examples;
