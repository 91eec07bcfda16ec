import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { measure, report } from "./measure.ts";

/**
 * How long until `loam --help` has been printed, against starting Node alone? And what do commands that read what is kept
 * cost in processor time, which other programs on the machine change little?
 */
const bin = join(import.meta.dirname, "../packages/cli/bin/loam.js");
const home = mkdtempSync(join(tmpdir(), "loam-cli-start-"));
const books = join(home, "books.csv");
const predictions = join(home, "predictions.jsonl");
writeFileSync(books, "title,authors\nThe Sea,John Banville\nMoby-Dick,Herman Melville\n");
writeFileSync(predictions, '{"prediction":"the sea is wide","reference":"the wide sea"}\n');

const start = (args: string[]) => {
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
};
const run = (args: string[]) => () => start(args);

/** User and system time of a child in ms: of all its threads, of the kernel for it. */
function processorMs(args: string[]): number {
  const before = childrenMs();
  start(args);
  return childrenMs() - before;
}

/** Time of all children that have ended (proc_pid_stat(5), `cutime` and `cstime`, in hundredths of a second). */
function childrenMs(): number {
  const fields = readFileSync("/proc/self/stat", "utf8").split(") ")[1]!.split(" ");
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

try {
  start([bin, "catalogue", "add", books, "--name", "books", "--embed", "no", "--home", home]);
  const timings = await measure(
    { "loam --help": run([bin, "--help"]), "node -e 0": run(["-e", "0"]) },
    { rounds: 11, warmUps: 2 },
  );
  const commands = {
    "loam score": ["score", predictions],
    "loam recommend": ["recommend", "a book about the sea", "--mode", "keyword", "--home", home],
    "loam search": ["search", "sea", "--home", home],
  };
  const costs = Object.entries(commands).map(([name, args]) => {
    processorMs([bin, ...args]);
    return { name, value: median(Array.from({ length: 7 }, () => processorMs([bin, ...args]))) };
  });
  report(
    "How fast does the command line start?",
    [
      { name: "loam --help", value: timings["loam --help"].medianMs, unit: "ms", atMost: 250 },
      ...costs.map((cost) => ({ ...cost, name: `${cost.name}, processor time`, unit: "ms", atMost: 1000 })),
    ],
    timings,
  );
} finally {
  rmSync(home, { recursive: true, force: true });
}
