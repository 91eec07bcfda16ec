/** Makes the sample paper and its questions: `node scripts/make-sample-paper.ts`. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buildSamplePaper } from "./sample-paper/build.ts";
import { drawRasters } from "./sample-paper/rasters.ts";

const folder = join(import.meta.dirname, "../packages/pdf/sample");
const { pdf, questions } = await buildSamplePaper(await drawRasters());
// One line a box, as the formatter has it.
const json = `${JSON.stringify(questions, null, 2).replace(/\[\s+([^\]{]+?)\s+\]/g, (_, box: string) => `[${box.replace(/\s+/g, " ")}]`)}\n`;
await mkdir(folder, { recursive: true });
await writeFile(join(folder, "loam-sample.pdf"), pdf);
await writeFile(join(folder, "questions.json"), json);
console.error(`${folder}: loam-sample.pdf (${(pdf.length / 1024).toFixed(0)} kB), ${questions.length} questions`);
