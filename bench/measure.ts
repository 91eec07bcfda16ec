import { availableParallelism, cpus } from "node:os";

/** Milliseconds of the middle run, and of the fastest and slowest. */
export interface Timing {
  medianMs: number;
  minMs: number;
  maxMs: number;
}

/**
 * Times several sides in turn, so that whatever else the machine does hits all of them alike: one warm-up round, then
 * `rounds` rounds in which every side runs once.
 */
export async function measure<Name extends string>(
  sides: Record<Name, () => unknown | Promise<unknown>>,
  { rounds = 7, warmUps = 1 }: { rounds?: number; warmUps?: number } = {},
): Promise<Record<Name, Timing>> {
  const names = Object.keys(sides) as Name[];
  const samples = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Name, number[]>;
  for (let round = -warmUps; round < rounds; round++) {
    for (const name of names) {
      const start = performance.now();
      await sides[name]();
      if (round >= 0) samples[name].push(performance.now() - start);
    }
  }
  return Object.fromEntries(names.map((name) => [name, timingOf(samples[name])])) as Record<Name, Timing>;
}

/** Median and extremes of millisecond samples. */
export function timingOf(samples: readonly number[]): Timing {
  const sorted = [...samples].sort((a, b) => a - b);
  return { medianMs: sorted[Math.floor(sorted.length / 2)]!, minMs: sorted[0]!, maxMs: sorted.at(-1)! };
}

/** One figure and what it has to reach. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  atLeast?: number;
  atMost?: number;
}

/**
 * Prints a benchmark's answer as one JSON line (question, hardware, timings, figures) with a readable table on stderr, and
 * sets a failing exit code when a figure misses its target.
 */
export function report(question: string, figures: readonly Figure[], timings: Record<string, Timing> = {}): void {
  console.error(`${question}\n  ${hardware()}`);
  for (const [name, { medianMs, minMs, maxMs }] of Object.entries(timings)) {
    console.error(`  ${name.padEnd(36)} ${medianMs.toFixed(1)} ms (${minMs.toFixed(1)}–${maxMs.toFixed(1)})`);
  }
  for (const { name, value, unit, atLeast, atMost } of figures) {
    const missed = (atLeast !== undefined && value < atLeast) || (atMost !== undefined && value > atMost);
    const target =
      atLeast !== undefined ? ` (at least ${atLeast})` : atMost !== undefined ? ` (at most ${atMost})` : "";
    console.error(`  ${missed ? "✗" : "✓"} ${name.padEnd(34)} ${Number(value.toPrecision(4))} ${unit}${target}`);
    if (missed) process.exitCode = 1;
  }
  console.log(
    JSON.stringify({ question, hardware: hardware(), date: new Date().toISOString().slice(0, 10), timings, figures }),
  );
}

function hardware(): string {
  return `${cpus()[0]?.model.trim() ?? "unknown CPU"}, ${availableParallelism()} cores, Node ${process.version}`;
}
