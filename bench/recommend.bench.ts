import { Rng } from "../packages/core/src/index.ts";
import type { CatalogueItem } from "../packages/recommend/src/items/catalogue.ts";
import { blockItems, PackedItems, packItems } from "../packages/recommend/src/items/item-list.ts";
import type { Rating } from "../packages/recommend/src/items/ratings.ts";
import { ItemVectors } from "../packages/recommend/src/model/item-vectors.ts";
import { openRecommender } from "../packages/recommend/src/recommender/open-recommender.ts";

/**
 * How long does a recommendation take, and how much memory does a catalogue hold? Generated books (title, author, eight
 * tags of 20,000, a vector of 512) and ratings of 20,000 readers: `npm run bench recommend`, 100,000 books; with
 * `--million` 1,000,000.
 */
const million = process.argv.includes("--million");
const books = million ? 1_000_000 : 100_000;
const target = million ? { medianMs: 1_000, peakBytes: 4 * 2 ** 30 } : { medianMs: 250, peakBytes: 1.2 * 2 ** 30 };
const dims = 512;
const readers = 20_000;
const rng = new Rng(7);
/** Few of many: the lower, the commoner, as words are. */
const skewed = (n: number): number => Math.floor(n * rng.uniform() ** 3);
const word = (i: number): string => `w${i.toString(36)}`;
const direction = (): Float32Array => {
  const vector = Float32Array.from({ length: dims }, () => rng.uniform() - 0.5);
  const length = Math.hypot(...vector);
  return vector.map((x) => x / length);
};

function book(i: number): CatalogueItem {
  return {
    id: `${i}`,
    title: `${word(skewed(60_000))} ${word(skewed(60_000))} ${word(i)}`,
    authors: [`${word(skewed(3_000))} ${word(skewed(200_000))}`],
    tags: Array.from({ length: 8 }, () => ({ name: word(skewed(20_000)), weight: Math.log(2 + skewed(100)) })),
    year: 1950 + (i % 75),
    language: i % 9 === 0 ? "zh" : "en",
  };
}

const started = performance.now();
const blocks: Uint8Array[] = [];
const vectors = new ItemVectors(dims);
// Neighbouring vectors differ by rotation only: a million of their own would take longer to draw than to search.
const base = Array.from({ length: 1_000 }, direction);
for (let from = 0; from < books; from += blockItems) {
  const count = Math.min(blockItems, books - from);
  blocks.push(packItems(Array.from({ length: count }, (_, i) => book(from + i))));
  for (let i = from; i < from + count; i++) vectors.add(base[i % base.length]!);
}
const ratings: Rating[] = Array.from({ length: readers * 50 }, (_, i) => ({
  user: `${i % readers}`,
  item: `${skewed(books)}`,
  value: 3 + rng.integer(3),
}));
console.error(`generated in ${seconds(started)} s`);

const opening = performance.now();
const recommender = await openRecommender({
  catalogue: new PackedItems(blocks, books),
  ratings,
  vectors,
  embedder: { id: "bench", dimensions: dims, embed: async () => [base[3]!], countTokens: (text) => text.length },
  collaborativeItems: 1_000,
});
console.log(`${books} books opened in ${seconds(opening)} s`);

const query = () => `${word(skewed(20_000))} ${word(skewed(20_000))} ${word(skewed(20_000))} ${word(skewed(20_000))}`;
const asks: Record<string, () => unknown> = {
  "by text": () => recommender.fromText(query(), { n: 10 }),
  "by text, filtered and diverse": () =>
    recommender.fromText(query(), { n: 10, diversity: 0.4, perAuthor: 1, filters: { years: [1990, 2020] } }),
  "like a book": () => recommender.similarTo(`${rng.integer(books)}`, { n: 10 }),
  "for a reader": () => recommender.forUser(`${rng.integer(readers)}`, { n: 10 }),
};
let slowest = 0;
for (const [name, ask] of Object.entries(asks)) {
  const times: number[] = [];
  for (let i = 0; i < 15; i++) {
    const start = performance.now();
    await ask();
    if (i >= 3) times.push(performance.now() - start); // the first warm up
  }
  times.sort((a, b) => a - b);
  const median = times[6]!;
  slowest = Math.max(slowest, median);
  console.log(`${name}: median ${median.toFixed(0)} ms, slowest ${times.at(-1)!.toFixed(0)} ms`);
}
const peakBytes = process.resourceUsage().maxRSS * 1024;
console.log(`peak memory ${(peakBytes / 2 ** 30).toFixed(2)} GiB`);
process.exit(slowest <= target.medianMs && peakBytes <= target.peakBytes ? 0 : 1);

function seconds(from: number): string {
  return ((performance.now() - from) / 1000).toFixed(1);
}
