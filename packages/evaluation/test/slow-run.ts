import { functionSystem, makeDataset, runEvaluation } from "../src/index.ts";

/** A run of forty slow outputs for the test that kills it: `node slow-run.ts FOLDER`. Prints each row it works on. */
const [folder] = process.argv.slice(2);
const dataset = makeDataset(
  Array.from({ length: 40 }, (_, i) => ({ source: `text number ${i}`, reference: `number ${i}` })),
  { name: "forty" },
);
const system = functionSystem("slow", async ({ id, source }) => {
  console.log(`row ${id}`);
  await new Promise((resolve) => setTimeout(resolve, 25));
  return source!.slice(5);
});
const run = await runEvaluation({
  name: "slow",
  dataset,
  systems: [system],
  metrics: ["rouge1", "exactMatch"],
  folder: folder!,
  concurrency: 2,
});
console.log(JSON.stringify({ resumed: run.resumedCells, rouge1: run.systems[0]!.metrics[0]!.value }));
