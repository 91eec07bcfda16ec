import { openJobs } from "../src/jobs.ts";
import { embeddedOrServer } from "./open-backend.ts";

/** A worker beside the tests that claims a job of the queue `killed` and never finishes it. */
const jobs = openJobs(await embeddedOrServer(process.argv[2]!), { claimSeconds: 10, superviseSeconds: 1 });
await jobs.work<{ n: number }>("killed", async ({ attempt }) => {
  process.stdout.write(`claimed ${attempt}\n`);
  await new Promise(() => {});
});
