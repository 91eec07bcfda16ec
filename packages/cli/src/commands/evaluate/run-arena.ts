import { writeFile } from "node:fs/promises";
import { csvField, InputError, type Row, readRows, UnavailableError } from "@loam/core";
import {
  type ArenaPair,
  arenaPairs,
  calibrateJudge,
  type JudgeCalibration,
  type JudgedPair,
  judgePairs,
  type PairVote,
  type Rating,
  rateSystems,
  votesByMetric,
  votesOfJudge,
  votesOfTable,
} from "@loam/evaluation";
import { openWorkspace } from "../../command/workspace.ts";
import type { Io } from "../../terminal/io.ts";
import { readRunOf } from "./evaluate-with.ts";

interface RunArenaOptions {
  judge?: string;
  metric?: string;
  people?: string;
  /** Where the pairs are written for people. */
  out?: string;
  criterion?: string;
  count?: number;
  seed: number;
  home?: string;
}

interface ArenaResult {
  run: string;
  ratings: Rating[];
  calibration?: JudgeCalibration;
  /** Pairs written for people. */
  written?: number;
  /** Pairs on which the judge gave no verdict. */
  failed: { pair: string; reason: string }[];
}

/**
 * Decides pairs of a run's outputs and rates its systems.
 *
 * @throws {InputError} `no_votes`; {UnavailableError} where there is no judge, or it gives no verdict.
 */
export async function runArena(given: string, options: RunArenaOptions, io: Io): Promise<ArenaResult> {
  const { judge: named, metric, people, out, criterion, count, seed, home } = options;
  await using workspace = await openWorkspace({ home, io, flags: named ? { models: { judge: named } } : {} });
  const run = await readRunOf(workspace.store, given);
  if (metric !== undefined) return { run: given, ratings: rateSystems(votesByMetric(run, metric)), failed: [] };
  // People's tables are found again among all pairs, whatever part of them was written.
  const all = arenaPairs(run, { seed });
  const some = all.slice(0, count);
  if (out !== undefined) {
    await writeFile(out, toCsv(some));
    return { run: given, ratings: [], written: some.length, failed: [] };
  }
  const table = people === undefined ? [] : await readTable(people);
  const byPeople = votesOfTable(table, all);
  if (people !== undefined && named === undefined) {
    if (byPeople.length === 0)
      throw new InputError("no_votes", `${people} has no winner in any row.`, { hint: "write first, second or tie" });
    return { run: given, ratings: rateSystems(byPeople), failed: [] };
  }
  const { judge } = await workspace.models();
  if (!judge)
    throw new UnavailableError("the judge", "none is set", {
      hint: "name one with --judge openai:gpt-5-mini, decide by --metric, or write --pairs for people",
    });
  const asked = people === undefined ? some : labelled(all, table);
  const steps = { criterion, signal: io.signal, onProgress: io.progress };
  const { judged } = await judgePairs(judge, asked, steps);
  const votes = votesOfJudge(judged);
  const failed = judged.flatMap(({ pair, failure }) =>
    failure === undefined ? [] : [{ pair: pair.pair, reason: failure }],
  );
  if (votes.length === 0)
    throw new UnavailableError("the judge", `it gave no verdict on ${judged.length} pairs: ${failed[0]?.reason}`, {
      hint: "check the model and its key",
    });
  return {
    run: given,
    ratings: rateSystems(votes),
    ...(people !== undefined && { calibration: calibrateJudge(besidePeople(judged, byPeople)) }),
    failed,
  };
}

/** The pairs that people have judged. */
function labelled(pairs: readonly ArenaPair[], table: readonly Row[]): ArenaPair[] {
  const ids = new Set(table.filter(({ winner }) => String(winner ?? "").trim() !== "").map(({ pair }) => String(pair)));
  return pairs.filter(({ pair }) => ids.has(pair));
}

function besidePeople(judged: readonly JudgedPair[], people: readonly PairVote[]) {
  const keyOf = (row: string, left: string, right: string) => JSON.stringify([row, left, right]);
  const said = new Map(people.map(({ row, left, right, winner }) => [keyOf(row, left, right), winner]));
  const inPeoplesWords = { a: "first", b: "second", tie: "tie", left: "first", right: "second" } as const;
  return judged.flatMap(({ pair: { row, left, right }, verdict }) => {
    const winner = said.get(keyOf(row, left.system, right.system));
    if (!verdict || winner === undefined) return [];
    const [straight, swapped] = verdict.orders;
    return [
      {
        lengths: [left.text.length, right.text.length] as const,
        judge: [inPeoplesWords[straight], inPeoplesWords[swapped]] as const,
        people: inPeoplesWords[winner],
      },
    ];
  });
}

function toCsv(pairs: readonly ArenaPair[]): string {
  const rows = pairs.map(({ pair, fields, left, right }) => [
    pair,
    String(fields.question ?? fields.source ?? ""),
    left.text,
    right.text,
    "",
  ]);
  const lines = [["pair", "question", "first", "second", "winner"], ...rows];
  return lines.map((line) => `${line.map(csvField).join(",")}\r\n`).join("");
}

async function readTable(path: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const { row } of readRows(path)) rows.push(row);
  return rows;
}
