const en = {
  intro:
    "Each patch gathers what it needs from other patches, in all frames, and from the words. Choose one and see where it looks.",
  none: "Make a clip first: its patches are what is looked at.",
  clip: "Clip",
  time: "Noise",
  timeHelp: (percent: string) =>
    `The clip is ${percent} noise, as the model meets it on the way: little is settled near 100 %, only detail is left near 0 %.`,
  block: "Layer",
  all: "All",
  slice: (from: number, to: number) => `frames ${from}–${to}`,
  sliceShare: (share: string) => `${share} of its look`,
  patch: (n: number, share: string) => `Patch ${n}: ${share}`,
  chosen: (n: number) => `Patch ${n} looks at`,
  words: "Words",
  word: (word: string, share: string) => `${word}: ${share}`,
  map: "Patches of the clip by time; the brighter, the more the chosen one looks at it",
};

const zhCn: typeof en = {
  intro: "每个块都会从所有帧的其他块以及文字中收集所需的信息。选择一个块，看看它关注哪里。",
  none: "请先生成一个片段：这里展示的是它的块。",
  clip: "片段",
  time: "噪声",
  timeHelp: (percent) =>
    `片段中 ${percent} 是噪声，即模型在途中看到的样子：接近 100% 时几乎一切未定，接近 0% 时只剩细节。`,
  block: "层",
  all: "全部",
  slice: (from, to) => `第 ${from}–${to} 帧`,
  sliceShare: (share) => `占其关注的 ${share}`,
  patch: (n, share) => `块 ${n}：${share}`,
  chosen: (n) => `块 ${n} 关注`,
  words: "文字",
  word: (word, share) => `${word}：${share}`,
  map: "按时间排列的各块；越亮表示所选的块越关注它",
};

export const attentionTexts = { en, "zh-CN": zhCn };
