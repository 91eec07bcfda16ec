import { spawnSync } from "node:child_process";
import { globSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Rng } from "../../packages/core/src/index.ts";
import { copyRepository } from "./copy.ts";
import { type Mutation, mutationsOf } from "./mutations.ts";
import { known, type Room, rooms } from "./rooms.ts";

/**
 * `npm run mutants -- [--room search] [--count 12] [--seed 1] [--at-least 0.85]`: changes one operator, number or condition
 * at a time in a copy of the repository and runs the tests of its room. A mutant that no test notices is printed. The exit
 * code is 1 when fewer than `--at-least` of the drawn ones are noticed, or one of the faults that are known by name is not.
 */
const { values } = parseArgs({
  options: {
    room: { type: "string" },
    count: { type: "string" },
    seed: { type: "string" },
    "at-least": { type: "string" },
    "only-known": { type: "boolean" },
  },
});
const root = join(import.meta.dirname, "../..");
const copy = join(root, "build/mutants");
const testSeconds = 240;

interface Mutant {
  file: string;
  mutation: Mutation;
}

copyRepository(root, copy);
let caught = 0;
let tried = 0;
let knownMissed = 0;
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));

const chosen = rooms.filter(({ name }) => values.room === undefined || name.includes(values.room));
if (chosen.length === 0)
  throw new Error(`no room is called ${values.room}: ${rooms.map(({ name }) => name).join(", ")}`);
if (values.room === undefined) {
  for (const { name, file, from, to, tests } of known) {
    const source = readFileSync(join(root, file), "utf8");
    if (source.split(from).length !== 2) throw new Error(`${file} should say "${from}" once: bring ${name} up to date`);
    const noticed = isNoticed(
      file,
      source.replace(from, () => to),
      tests,
    );
    if (!noticed) knownMissed++;
    console.log(`${noticed ? "caught " : "MISSED "} ${name}`);
  }
}
if (!values["only-known"]) {
  for (const room of chosen) {
    const complaint = complaintOf(room.tests);
    if (complaint !== undefined) throw new Error(`the tests of ${room.name} fail without a mutant: ${complaint}`);
    let roomCaught = 0;
    const drawn = drawMutants(room, Number(values.count ?? 12), Number(values.seed ?? 1));
    for (const { file, mutation } of drawn) {
      const source = readFileSync(join(root, file), "utf8");
      const changed = source.slice(0, mutation.start) + mutation.with + source.slice(mutation.end);
      if (isNoticed(file, changed, room.tests)) roomCaught++;
      else console.log(`survived ${describeMutation(file, source, mutation)}`);
    }
    console.log(`${room.name}: ${roomCaught} of ${drawn.length} caught`);
    caught += roomCaught;
    tried += drawn.length;
  }
  console.log(`${caught} of ${tried} caught (${((100 * caught) / tried).toFixed(0)} %)`);
}
process.exitCode = knownMissed > 0 || caught < Number(values["at-least"] ?? 0.85) * tried ? 1 : 0;

/** So many mutants of a room, drawn without return. */
function drawMutants(room: Room, count: number, seed: number): Mutant[] {
  const all = globSync(room.sources, { cwd: root })
    .filter((file) => !file.endsWith(".test.ts"))
    .sort()
    .flatMap((file) =>
      mutationsOf(file, readFileSync(join(root, file), "utf8")).map((mutation) => ({ file, mutation })),
    );
  const random = new Rng(seed);
  const drawn: Mutant[] = [];
  while (drawn.length < count && all.length > 0) drawn.push(...all.splice(random.integer(all.length), 1));
  return drawn;
}

function isNoticed(file: string, changed: string, tests: readonly string[]): boolean {
  writeFileSync(join(copy, file), changed);
  try {
    return complaintOf(tests) !== undefined;
  } finally {
    writeFileSync(join(copy, file), readFileSync(join(root, file)));
  }
}

/** What the tests have to say when they do not pass; one that hangs has noticed too. */
function complaintOf(tests: readonly string[]): string | undefined {
  const vitest = join(copy, "node_modules/vitest/vitest.mjs");
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [vitest, "run", "--bail=1", "--reporter=dot", ...tests],
    {
      cwd: copy,
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1" },
      timeout: testSeconds * 1000,
    },
  );
  if (status === 0) return undefined;
  return status === null ? `took more than ${testSeconds} s` : `${stdout}${stderr}`.slice(-3000);
}

function describeMutation(file: string, source: string, { start, end, with: text }: Mutation): string {
  const before = source.slice(0, start);
  const line = before.split("\n").length;
  const from = before.lastIndexOf("\n") + 1;
  const whole = source.slice(from, source.indexOf("\n", end)).trim();
  return `${file}:${line} ${source.slice(start, end)} → ${text || "nothing"} in: ${whole}`;
}
