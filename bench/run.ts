import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * `npm run bench [name…]` runs every `*.bench.ts`, or those whose name contains a word given. Each is a process of its
 * own, prints its medians and ends with a non-zero code when it misses its target.
 */
const words = process.argv.slice(2);
const benches = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith(".bench.ts") && (words.length === 0 || words.some((word) => name.includes(word))))
  .sort();
if (benches.length === 0) {
  console.error(
    `No benchmark matches ${words.join(", ")}. There are: ${readdirSync(import.meta.dirname)
      .filter((n) => n.endsWith(".bench.ts"))
      .join(", ")}.`,
  );
  process.exit(2);
}
const missed: string[] = [];
for (const name of benches) {
  console.error(`\n── ${name}`);
  if (spawnSync(process.execPath, [join(import.meta.dirname, name)], { stdio: "inherit" }).status !== 0)
    missed.push(name);
}
if (missed.length > 0) {
  console.error(`\nMissed: ${missed.join(", ")}`);
  process.exit(1);
}
