/** A whole server in a process of its own, for tests that kill it: `served-process.ts HOME MODEL` prints its address. */
import { join } from "node:path";
import { loadConfig } from "@loam/core";
import { startLoam } from "../src/start-loam.ts";

const [home, model] = process.argv.slice(2) as [string, string];
const { url } = await startLoam({
  load: () =>
    loadConfig({
      cwd: home,
      env: { LOAM_HOME: join(home, "home"), PATH: process.env.PATH },
      userFile: join(home, "config.json"),
      flags: { server: { models: [`local:${model}`] } },
    }),
  userFile: join(home, "config.json"),
  port: 0,
});
process.stdout.write(`${url}\n`);
