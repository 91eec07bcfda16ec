/** How many sentences a second does the built-in embedder turn into vectors on two threads? */
import { openUseLite } from "@loam/models";
import { measure, report } from "./measure.ts";

const SENTENCES = 512;
const templates = [
  "How do I return an item that arrived damaged?",
  "The transformer follows an encoder-decoder structure using stacked self-attention.",
  "Figure 3 shows the validation loss against the number of training tokens.",
  "In 2017, revenue rose 12.5% to $3.4 million.",
  "Was the experiment repeated with a different seed?",
  "The quick brown fox jumps over the lazy dog.",
  "She sells sea shells by the sea shore.",
  "Our results suggest that larger models are more sample-efficient.",
];
const sentences = Array.from({ length: SENTENCES }, (_, i) => `${templates[i % templates.length]} ${i}`);
const embedder = await openUseLite({ threads: 2 });
const tokens = sentences.reduce((sum, text) => sum + embedder.countTokens(text), 0);
const one = sentences[0]!;
const timings = await measure({
  [`${SENTENCES} sentences, one call`]: () => embedder.embed(sentences),
  "one sentence": () => embedder.embed([one]),
});
const batch = timings[`${SENTENCES} sentences, one call`]!;
report(
  `Embedding with Universal Sentence Encoder Lite (float32, 2 threads, ${(tokens / SENTENCES).toFixed(1)} pieces a sentence)`,
  [
    { name: "sentences a second", value: SENTENCES / (batch.medianMs / 1000), unit: "1/s", atLeast: 1000 },
    { name: "pieces a second", value: tokens / (batch.medianMs / 1000), unit: "1/s" },
  ],
  timings,
);
await embedder.close();
