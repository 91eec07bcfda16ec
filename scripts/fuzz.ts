import { parseArgs } from "node:util";
import { fuzzOpenAi } from "../packages/server/test/fuzz-openai.ts";
import { openaiClient, startChatServer } from "../packages/server/test/openai-client.ts";

/**
 * `npm run fuzz -- --requests 100000 --seed 1`: wrong requests to every endpoint of OpenAI's API. Prints how often each status
 * was answered, what failed, and the memory before and after; the exit code is 1 when something failed.
 */
const { values } = parseArgs({ options: { requests: { type: "string" }, seed: { type: "string" } } });
const { server, model } = await startChatServer();
const client = openaiClient(server);
const ids = [(await client.beta.assistants.create({ model })).id, (await client.beta.threads.create()).id];
const mebibytes = () => Math.round(process.memoryUsage().rss / 1024 ** 2);
await fuzzOpenAi(server.url, { model, requests: 200, seed: 0, ids }); // warms up
const before = mebibytes();
const began = performance.now();
const report = await fuzzOpenAi(server.url, {
  ...{ model, ids },
  requests: Number(values.requests ?? 2000),
  seed: Number(values.seed ?? 1),
  onProgress: (done, { requests, failures }) => {
    const seconds = (performance.now() - began) / 1000;
    const left = Math.round((seconds / done) * (requests - done));
    console.error(`${done}/${requests}: ${failures.length} failed, ${mebibytes()} MiB, ${left} s left`);
  },
});
console.log(JSON.stringify({ ...report, memoryMiB: { before, after: mebibytes() } }, null, 1));
await server.end();
process.exit(report.failures.length > 0 ? 1 : 0);
