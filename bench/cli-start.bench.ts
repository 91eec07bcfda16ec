import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { measure, report } from "./measure.ts";

/** How long until `loam --help` has been printed, against starting Node alone? */
const bin = join(import.meta.dirname, "../packages/cli/bin/loam.js");
const run = (args: string[]) => () => {
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
};

const timings = await measure(
  { "loam --help": run([bin, "--help"]), "node -e 0": run(["-e", "0"]) },
  { rounds: 11, warmUps: 2 },
);
report(
  "How fast does the command line start?",
  [{ name: "loam --help", value: timings["loam --help"].medianMs, unit: "ms", atMost: 250 }],
  timings,
);
