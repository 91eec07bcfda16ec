import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openLibrary } from "@loam/library";
import { lazyRecogniser } from "@loam/pdf";
import { reportNearMisses, scoreNearMisses } from "../packages/library/bench/score-near-misses.ts";
import { openUseLite } from "../packages/models/src/index.ts";
import { openStore } from "../packages/store/src/index.ts";

/**
 * Are questions about awkward documents answered from the right page, or refused where nothing answers them? Asked without
 * a chat model: `LOAM_CASES=<folder> npm run bench cases`. The folder holds PDFs and `questions.json`, rows of `file`, `q`,
 * `kind`, `pages`, `evidence`: any one string must stand in the answer or its quotes; no pages: it must be refused.
 * `LOAM_ONLY=form` asks one kind. Then near misses of the same questions and of the tables are asked, which nothing answers
 * (`LOAM_SEED` draws others, `LOAM_VERBOSE=1` names what was missed).
 */
interface Case {
  file: string;
  q: string;
  kind: string;
  pages: number[];
  evidence: string[];
  password?: string;
}

const folder = process.env.LOAM_CASES ?? "";
if (!existsSync(join(folder, "questions.json"))) {
  console.error("cases: skipped; set LOAM_CASES to a folder with questions.json");
  process.exit(0);
}
const all = JSON.parse(readFileSync(join(folder, "questions.json"), "utf8")) as Case[];
const cases = all.filter(
  ({ kind, file }) => !process.env.LOAM_ONLY || new RegExp(process.env.LOAM_ONLY).test(`${kind} ${file}`),
);
const home = mkdtempSync(join(tmpdir(), "loam-cases-"));
const store = await openStore({ home, databaseUrl: "", blobUrl: "" });
const embed = await openUseLite();
const recogniser = lazyRecogniser();
const library = await openLibrary({ store, models: { embed }, recogniser });
const plain = (text: string) => text.normalize("NFKC").replace(/\s+/g, "");

const asked = new Map<string, string[]>();
const kinds = new Map<string, { right: number; of: number }>();
for (const { file, q, kind, pages, evidence, password } of cases) {
  const tally = kinds.get(kind) ?? { right: 0, of: 0 };
  kinds.set(kind, tally);
  tally.of++;
  let problem: string | undefined;
  try {
    const { id } = await library.add(join(folder, file), { password });
    if (pages.length > 0) asked.set(id, [...(asked.get(id) ?? []), q]);
    const answer = await library.ask(q, { documents: [id] }).result;
    const citations = answer.sentences.flatMap((sentence) => sentence.citations);
    const words = plain([answer.answer, ...citations.map(({ quote }) => quote)].join("\n"));
    const first = answer.sentences[0]?.text.slice(0, 160);
    if (pages.length === 0) problem = answer.mode === "refused" ? undefined : `answered: ${first}`;
    else if (answer.mode === "refused") problem = `refused; wanted ${JSON.stringify(evidence[0])} on ${pages}`;
    else if (!evidence.some((text) => words.includes(plain(text))))
      problem = `wanted ${JSON.stringify(evidence[0])} on ${pages}; got p${citations[0]?.page}: ${first}`;
    else if (!citations.some(({ page }) => pages.includes(page)))
      problem = `wanted page ${pages}; got ${citations[0]?.page}`;
  } catch (error) {
    problem = String(error);
  }
  if (problem) console.log(`${kind} · ${file} · ${q}\n    ${problem}`);
  else tally.right++;
}
const near = await scoreNearMisses(library, asked, { seed: Number(process.env.LOAM_SEED ?? 1) });
await library.close();
await recogniser.close();
await embed.close();
await store.close();
rmSync(home, { recursive: true, force: true });
const [right, of] = [...kinds.values()].reduce(([r, n], each) => [r + each.right, n + each.of], [0, 0]);
for (const [kind, tally] of kinds) if (tally.right < tally.of) console.log(`${kind}: ${tally.right}/${tally.of}`);
console.log(`${right}/${of} right (${((100 * right) / of).toFixed(0)}%)`);
if (!reportNearMisses(near)) process.exit(1);
