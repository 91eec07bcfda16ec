/** A run of forecast.bench.ts in a process of its own: a few steps of the recipe in its argument, and what they took. */
import { readFileSync } from "node:fs";
import { tune } from "../packages/peft/src/index.ts";

const memory = (name: string) =>
  1024 * Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync("/proc/self/status", "utf8"))![1]);
const beforeBytes = memory("VmRSS");
let [peakBytes, anonymousBytes, mappedBytes] = [0, 0, 0];
const note = () => {
  peakBytes = memory("VmHWM");
  anonymousBytes = Math.max(anonymousBytes, memory("RssAnon"));
  mappedBytes = Math.max(mappedBytes, memory("RssFile"));
};
const watch = setInterval(note, 20);
const seconds: number[] = [];
let last = 0;
await tune(JSON.parse(process.argv[2]!), {
  resume: "never",
  recorder: {
    metrics: (_, values) => {
      if (values["train/loss"] === undefined) return;
      if (last > 0) seconds.push((performance.now() - last) / 1000);
      last = performance.now();
    },
  },
});
clearInterval(watch);
note();
process.stdout.write(JSON.stringify({ beforeBytes, peakBytes, anonymousBytes, mappedBytes, seconds }));
