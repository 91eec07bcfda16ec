/**
 * The text of the sample paper. The study is invented: it exists so that Loam has something of its own to read.
 * An `id` names a passage that a question refers to.
 */
export type Item =
  | { kind: "heading"; text: string }
  | { kind: "paragraph"; text: string; id?: string; note?: true }
  | { kind: "figure"; id: "photo" | "bars" | "lines"; heightPt: number; caption: string }
  | { kind: "table"; id: string; caption: string; rows: string[][]; widths: number[] }
  | { kind: "column" };

export const title = ["Who Keeps the Water?", "Soil moisture and earthworms in a two-season garden trial"];
export const titleZh = "谁留住了水？两季菜园试验中的土壤水分与蚯蚓";
export const byline = "The Loam project · sample paper with invented data · 示例论文，数据均为虚构";

export const abstract =
  "A thin cover can change a garden bed more than a heavy tool. Over two seasons we kept four beds side by side on a sandy loam: one bare, one under straw, one under compost and one sown with white clover. We logged soil moisture every hour and counted earthworms by hand. Covered beds stayed moist through a dry spell that cracked the bare one, and their worms came back first. The work took one gardener about forty minutes a week.";
export const abstractZh =
  "一层薄薄的覆盖物，比一件沉重的农具更能改变菜畦。我们在同一块沙壤土上并排管理四个菜畦：裸土、稻草、堆肥与白三叶，历时两季，每小时记录一次土壤水分，并人工清点蚯蚓。有覆盖的菜畦在干旱中保持湿润，蚯蚓也最先归来。";

export const english: Item[] = [
  { kind: "heading", text: "1  Introduction" },
  {
    kind: "paragraph",
    text: "Gardeners have always known that soil likes to be covered. What is less often written down is how quickly a cover pays for itself, and which of the cheap ones does most. The question matters beyond the garden: a bed that holds its water needs less of it from the tap, and a soil full of worms needs less digging.",
  },
  {
    kind: "paragraph",
    id: "site",
    text: "The trial stood on a south-facing slope at 212 metres above sea level. The ground is a sandy loam over gravel that drains within hours of rain and had been under lawn for eleven years. We chose it because it forgives nothing: whatever water is kept there is kept by the topsoil alone.",
  },
  {
    kind: "paragraph",
    text: "We asked two things. Which cover keeps the most water in the top fifteen centimetres through a dry month? And where do the earthworms go, and when do they return? Figure 1 shows one of the beds on the morning the loggers went in.",
  },
  {
    kind: "paragraph",
    text: "We kept the trial small on purpose. Everything in it can be bought in one afternoon, carried by one person and repeated on any plot of twenty square metres, and we hope that it will be.",
  },
  {
    kind: "figure",
    id: "photo",
    heightPt: 159,
    caption: "Figure 1. One of the four beds in the first season. The stake carries the day's readings.",
  },
  { kind: "heading", text: "2  Methods" },
  {
    kind: "paragraph",
    id: "loggers",
    text: "Each bed held three capacitance probes at a depth of 12 cm, read every hour by a small logger on two AA batteries. Before the trial the probes were calibrated against oven-dried samples; the remaining error was 0.8 percentage points of volumetric water content.",
  },
  {
    kind: "paragraph",
    id: "mustard",
    text: "Earthworms were counted in spring and in autumn by the hot mustard method: ten litres of mustard water poured on a square of half a metre, and everything that came up within fifteen minutes collected, counted, rinsed and put back. Two people counted each square independently and had to agree.",
  },
  {
    kind: "table",
    id: "beds",
    caption: "Table 1. The four beds at the end of the second season.",
    rows: [
      ["Bed", "Cover", "Depth (cm)", "Humus (%)", "Rain (mm/h)"],
      ["A", "Bare soil", "0", "2.1", "18"],
      ["B", "Straw", "8", "2.9", "37"],
      ["C", "Compost", "5", "4.6", "52"],
      ["D", "White clover", "living", "3.8", "61"],
    ],
    widths: [0.1, 0.27, 0.2, 0.2, 0.23],
  },
  {
    kind: "paragraph",
    text: "The beds measured four metres by one and a quarter and were separated by boards sunk thirty centimetres deep, so that neither water nor worms could take the short way. All four were planted with the same leeks and watered only in the first two weeks. Table 1 lists what lay on each, and how fast a measured shower soaked in.",
  },
  { kind: "heading", text: "3  Results" },
  {
    kind: "paragraph",
    id: "drought",
    text: "The first summer brought a dry spell of 23 days without rain. In the bare bed the surface cracked on the ninth day. Under straw it stayed whole, and under compost it was still dark and cool to the hand when the rain returned.",
  },
  {
    kind: "figure",
    id: "bars",
    heightPt: 196,
    caption: "Figure 2. Earthworms per square metre in the second year, counted in spring and in autumn.",
  },
  {
    kind: "paragraph",
    text: "Earthworms followed the water. As Figure 2 shows, every covered bed held more of them than the bare one in both counts, and the living cover gained most between spring and autumn. Straw behaved differently from the other two: its worms arrived early and then stayed as they were.",
  },
  {
    kind: "paragraph",
    id: "species",
    text: "Most of them were common field worms. Lumbricus terrestris, which burrows deep, appeared only under clover, where we found their middens, small heaps of pulled-in leaves, from the second April onwards.",
  },
  {
    kind: "figure",
    id: "lines",
    heightPt: 205,
    caption: "Figure 3. Soil moisture at 12 cm, weekly means over the twelve weeks around the dry spell.",
  },
  {
    kind: "paragraph",
    text: "Moisture tells the same story by the week (Figure 3). All beds began alike; they parted in the third week and never met again that season. The bare bed fell fastest and recovered last. Compost both held its water longest and rose highest after the rain, because the rain could enter it.",
  },
  {
    kind: "paragraph",
    id: "yield",
    text: "The leeks noticed. The mean weight of a trimmed leek was 118 g from bare soil, 164 g from straw, 231 g from compost and 207 g from clover. Slugs were the price: we removed four times as many from the straw bed as from any other.",
  },
  { kind: "heading", text: "4  Discussion" },
  {
    kind: "paragraph",
    text: "Compost kept the most water, clover kept the most worms, and straw was the cheapest of the three by far. A gardener who wants one answer may take this one: begin with compost, and sow clover into it in the second spring. One who has only straw should use it and keep an eye on the slugs.",
  },
  {
    kind: "paragraph",
    id: "limits",
    text: "The trial has limits. It had one bed of each kind, so differences between beds and differences between covers cannot be told apart with certainty. The site is small and steep, and the second winter was the mildest on the local record since 1974. We would welcome the same trial on clay.",
  },
  {
    kind: "paragraph",
    id: "cost",
    text: "Costs were modest. The loggers and probes came to 96 euros for all four beds, the straw to 7 euros and the clover seed to 3 euros; the compost was our own. A leaf of the field notebook is reproduced at the end as we found it, a little damp.",
  },
];

export const chinese: Item[] = [
  { kind: "heading", text: "5  中文摘述" },
  {
    kind: "paragraph",
    text: "本页以中文概述试验的方法与结果，并补充英文部分没有写到的几项观察。四个菜畦面积相同，都种大葱，只在最初两周浇水，此后全靠雨水。",
  },
  {
    kind: "paragraph",
    id: "zh-site",
    text: "试验地位于一处朝南的缓坡，土层较薄，下面是砾石，雨后数小时即可排干。试验开始之前，这里做了十一年草坪，从未施用过化肥。正因为保水条件差，覆盖物的作用才看得格外清楚。",
  },
  {
    kind: "paragraph",
    id: "zh-temperature",
    text: "除水分外，我们还测量了地温。七月最热的一天，裸土畦地下五厘米处的温度达到三十四摄氏度，而稻草覆盖之下只有二十五摄氏度。蚯蚓在三十度以上难以存活，因此夏季多半躲入深处。",
  },
  {
    kind: "paragraph",
    text: "蚯蚓的数量随水分而变化。春季的清点在四月中旬进行，秋季的清点在十月初进行，两次都由两人分别计数。白三叶畦的增长最为明显，堆肥畦次之。表 2 列出了各畦的用水与用工。",
  },
  {
    kind: "table",
    id: "zh-work",
    caption: "表 2  第二季各畦的用水量与用工时间",
    rows: [
      ["菜畦", "覆盖物", "用水（升）", "用工（小时）"],
      ["甲", "裸土", "340", "21"],
      ["乙", "稻草", "185", "14"],
      ["丙", "堆肥", "120", "16"],
      ["丁", "白三叶", "150", "9"],
    ],
    widths: [0.18, 0.26, 0.28, 0.28],
  },
  {
    kind: "table",
    id: "words",
    caption: "Table 3. Words used on these pages 本文用词",
    rows: [
      ["English", "中文"],
      ["earthworm", "蚯蚓"],
      ["soil moisture", "土壤水分"],
      ["white clover", "白三叶"],
      ["mulch", "覆盖物"],
      ["hedgehog", "刺猬"],
    ],
    widths: [0.5, 0.5],
  },
  { kind: "column" },
  { kind: "heading", text: "6  建议" },
  {
    kind: "paragraph",
    id: "zh-advice",
    text: "如果只能选择一种覆盖物，我们建议先铺五厘米厚的堆肥，第二年春天再在上面撒播白三叶。堆肥负责保水，白三叶负责养护蚯蚓，两者相互补充，也省去了锄草的功夫。",
  },
  {
    kind: "paragraph",
    id: "zh-straw",
    text: "稻草最便宜，也最容易得到，但是会招来蛞蝓。可以在傍晚放置一块湿木板，第二天清晨翻开木板清除。铺稻草的厚度以八厘米为宜，太薄则挡不住阳光，太厚则土壤在春天回暖太慢。",
  },
  {
    kind: "paragraph",
    id: "zh-sowing",
    text: "撒播白三叶宜在三月下旬，每平方米用种子两克，播后轻轻压实，不必覆土。出苗之前若遇晴天，早晚各喷水一次。六月第一次开花后割去上部，留茬六厘米，割下的茎叶就地铺开，便是现成的覆盖物。",
  },
  {
    kind: "paragraph",
    text: "本试验每种处理只有一个菜畦，结论需要在更多地点重复验证。欢迎读者在自家菜园中照样试一试，并把数据寄给我们。",
  },
  { kind: "heading", text: "致谢" },
  {
    kind: "paragraph",
    id: "zh-thanks",
    text: "感谢邻居家的刺猬，它在第二个夏天吃掉了大约两百条蛞蝓。感谢每一位在雨中帮忙数蚯蚓的朋友。",
  },
  { kind: "heading", text: "About this sample" },
  {
    kind: "paragraph",
    note: true,
    text: "Every number in this paper is invented. It is typeset by a script in the Loam repository and holds what a reader of PDFs meets in practice: two columns, two languages, tables, charts drawn as vectors, a picture and a scanned page. Some facts stand only in the figures; ask for them.",
  },
];

/** The scanned page: a typed leaf of the field notebook, one entry per line; an empty line is a space. */
export const notebook: string[] = [
  "FIELD NOTEBOOK, SECOND SEASON",
  "Leaf 17",
  "",
  "4 October. Overcast, wind from the west, 11 degrees.",
  "Counted bed D twice. Found a worm 26 cm long and",
  "named her Beatrice. She was returned unharmed.",
  "",
  "9 October. Logger number 3 stopped at 02:40.",
  "A mouse had eaten the cable. Replaced it with",
  "copper pipe around the new one.",
  "",
  "15 October. First frost, minus 2 in the grass.",
  "Straw bed still at 9 degrees below the cover.",
  "",
  "十月二十日，晴。",
  "收获大葱四十二公斤，其中丙床占一半。",
  "在丁床种下大蒜一百零八瓣。",
  "",
  "28 October. Last reading of the season.",
  "All probes cleaned and stored in the blue tin box.",
];

/** What the stake in the photograph says. */
export const stake = ["BED C", "27 MAY", "pH 6.4", "19.5 °C"];

export const wormCounts = {
  beds: ["Bare", "Straw", "Compost", "Clover"],
  spring: [38, 91, 104, 112],
  autumn: [33, 94, 139, 187],
};

/** Volumetric water content in per cent, weeks 1 to 12. */
export const moisture = [
  { name: "Compost", values: [27.6, 27.1, 26.2, 25.0, 23.9, 22.6, 21.5, 20.8, 29.4, 31.7, 30.9, 29.8] },
  { name: "Clover", values: [27.4, 26.5, 24.8, 22.9, 21.0, 19.4, 18.1, 17.3, 24.6, 27.5, 27.2, 26.3] },
  { name: "Bare", values: [27.5, 25.4, 21.3, 17.2, 13.8, 11.2, 9.3, 8.6, 15.9, 19.2, 18.4, 16.7] },
];
