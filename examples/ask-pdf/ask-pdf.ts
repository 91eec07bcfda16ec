import { openLibrary } from "@loam/library";
import { openUseLite } from "@loam/models";
import { openRecogniser } from "@loam/pdf";
import { openStore } from "@loam/store";

/** Asks a PDF: `node examples/ask-pdf/ask-pdf.ts paper.pdf "What does Figure 2 show?"`. */
const [file, question] = process.argv.slice(2);
if (!file || !question) {
  console.error('usage: ask-pdf.ts FILE "QUESTION"');
  process.exit(2);
}
const store = await openStore();
const library = await openLibrary({
  store,
  models: { embed: await openUseLite() },
  recogniser: await openRecogniser(),
});

const document = await library.add(file, {
  onProgress: ({ done, total }) => console.error(`page ${done} of ${total}`),
});
const answer = await library.ask(question, { documents: [document.id] }).result;
for (const { text, citations } of answer.sentences) {
  console.log(text);
  for (const { page, box, kind } of citations) console.log(`  ${kind} on page ${page}, box ${box.map(Math.round)}`);
}

await library.close();
await store.close();
process.exit(0); // the models hold threads
