/**
 * Words that say nothing about what a text is about: they are left out of the index and of questions. English from
 * the list of the Snowball project, shortened to function words; Chinese the commonest particles and question words.
 */
export const stopWords: ReadonlySet<string> = new Set(
  `a about above after again against all am an and any are as at be because been before being below between both but by
  can could did do does doing down during each few for from further had has have having he her here hers him his how i
  if in into is it its itself just me more most my no nor not of off on once only or other our ours out over own same
  she should so some such than that the their theirs them then there these they this those through to too under until
  up us very was we were what when where which while who whom why will with would you your yours according
  s t d ll re ve m
  的 了 和 是 在 有 与 及 或 就 都 而 着 也 被 把 让 给 对 从 到 为 以 于 之 其 该 此 这 那 个 些 种 中 上 下 里
  吗 呢 吧 啊 什么 哪些 哪个 哪一 哪里 怎么 怎样 如何 多少 几个 为什么 是否 请 我们 你 我 他 她 它 它们 他们 这个 那个 这些 那些
  谁 哪 哪种 哪项 哪年 哪天 哪一天 何时 何种 多大 多长 多高 几 是什么 展示 显示 介绍 说明 需要 应该 采用 使用 所 里面 其中
  一个 可以 以及 并 且 等`
    .trim()
    .split(/\s+/),
);
