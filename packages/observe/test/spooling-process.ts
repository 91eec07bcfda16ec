import { span, startTracing } from "../src/index.ts";

/** Records spans towards a server that is away until it is killed; says when all of them are in the spool. */
const [folder, url, count] = process.argv.slice(2) as [string, string, string];
const tracing = startTracing({ otlpEndpoint: url, spool: { folder }, environment: {} });
for (let i = 0; i < Number(count); i++) span(`burst ${i}`, {}, (opened) => opened.input(`question ${i}`));
await tracing.flush();
process.stdout.write(`${JSON.stringify(tracing.report())}\n`);
setInterval(() => {}, 1000);
