/** Encodes the rows of a recipe given as JSON and prints what that took at most, in bytes; run with --expose-gc. */
import { type DecoderModel, openModel } from "@loam/models";
import { loadTrainingData, parseRecipe } from "../src/index.ts";

const recipe = parseRecipe(JSON.parse(process.argv[2]!));
const model = (await openModel(recipe.model)) as DecoderModel;
const used = (): number => {
  global.gc!();
  global.gc!(); // waits until the arrays that the first one found are given back
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};
const before = used();
let peak = 0;
const data = await loadTrainingData(model, recipe, {
  folder: recipe.output,
  onProgress: () => {
    peak = Math.max(peak, used() - before);
  },
});
peak = Math.max(peak, used() - before);
const middle = await data.train.read(Math.floor(data.train.length / 2));
const text = model.tokenizer!.decode([...middle[0]!.ids]);
console.log(JSON.stringify({ rows: data.train.length, tokens: data.train.tokens.all, peak, text }));
await data.close();
