import { existsSync } from "node:fs";
import { join } from "node:path";
import { scoreAnswers } from "../packages/library/bench/answers.ts";
import { reportNearMisses } from "../packages/library/bench/score-near-misses.ts";

/**
 * Does an answer without a chat model point to the right page and box? Asked on papers, reports and theses in English
 * and Chinese: `LOAM_DATA=<folder> npm run bench answers`. `LOAM_BENCH_HOME` keeps the read documents for the next run.
 */
const target = { firstPage: 0.85, anyBox: 0.85, refused: 0.8 };

const papers = join(process.env.LOAM_DATA ?? join(import.meta.dirname, "..", "..", "shared", "data"), "papers");
if (!existsSync(papers)) {
  console.error(`answers: skipped, ${papers} is not there; set LOAM_DATA to the folder that holds papers/`);
  process.exit(0);
}
const scores = await scoreAnswers(papers, {
  home: process.env.LOAM_BENCH_HOME,
  nearMisses: true,
  report: (line) => console.error(line),
});
for (const miss of scores.misses) console.log(`  ${miss}`);
const share = (part: number, of: number) => `${part}/${of} (${((100 * part) / of).toFixed(0)}%)`;
const { questions, firstPage, anyPage, firstBox, anyBox, refused, unanswerable } = scores;
console.log(`right page first ${share(firstPage, questions)}, among the citations ${share(anyPage, questions)}`);
console.log(`right box first  ${share(firstBox, questions)}, among the citations ${share(anyBox, questions)}`);
console.log(`refused when there is no answer ${share(refused, unanswerable)}`);
const met =
  reportNearMisses(scores.near!) &&
  firstPage >= target.firstPage * questions &&
  anyBox >= target.anyBox * questions &&
  refused >= target.refused * unanswerable;
process.exit(met ? 0 : 1);
