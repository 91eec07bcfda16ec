import { ArgumentError } from "@loam/core";
import { argument, command, text, whole } from "../../command/command.ts";

export const arenaCommand = command({
  name: "arena",
  summary: "Rate the systems of a run by comparing their outputs in pairs",
  description:
    "Bradley–Terry ratings with bootstrap intervals over rows: 1000 is the mean, 400 more is ten to one. Pairs are decided by the judge " +
    "model, asked in both orders; by people, who fill in the column `winner` (first, second, tie) of the table that --pairs writes; or by " +
    "a metric of the run. With --people beside a judge, the judge is held against people: agreement, and how far position and length sway it.",
  args: { run: argument("name of a run with two systems or more (`loam evaluate ls`), or its folder") },
  options: {
    judge: text("model that decides, instead of the judge role", { value: "provider:model" }),
    metric: text("decide by this metric of the run, without a model", { value: "name" }),
    people: text("table of pairs in which people wrote the winner", { value: "file" }),
    pairs: text("write the pairs as CSV for people, without the systems' names, and decide nothing", { value: "file" }),
    criterion: text("what is better, for the judge", { value: "text" }),
    count: { ...whole("pairs at most, by chance", { min: 1, max: 1_000_000 }), short: "n" },
    seed: whole("another seed takes other pairs", { min: 0, max: 2 ** 31, otherwise: 0 }),
  },
  examples: [
    ["arena headlines-20261123-180501 --metric rougeL", "by a metric, row by row"],
    ["arena headlines-20261123-180501 --pairs pairs.csv -n 100", "a hundred pairs for people"],
    ["arena headlines-20261123-180501 --people pairs.csv", "ratings by people"],
    ["arena headlines-20261123-180501 --judge openai:gpt-5-mini --people pairs.csv", "and how far the judge agrees"],
  ],
  run: async ({ run: given, judge, metric, people, pairs: out, criterion, count, seed, home }, io) => {
    if (metric !== undefined && (judge ?? people ?? out) !== undefined)
      throw new ArgumentError("metric", metric, "a metric, or a judge and people, not both");
    const [{ runArena }, { table }] = await Promise.all([import("./run-arena.ts"), import("../../terminal/table.ts")]);
    const result = await runArena(given, { judge, metric, people, out, criterion, count, seed, home }, io);
    const { ratings, calibration, written, failed } = result;
    io.result(result, () =>
      written !== undefined
        ? `${written} pairs in ${out}: write first, second or tie into the column winner.`
        : table([
            ["", "rating", "95 %", "won", "lost", "tied"],
            ...ratings.map(({ system, rating, interval, wins, losses, ties }) => [
              system,
              rating.toFixed(0),
              `${interval.low.toFixed(0)} … ${interval.high.toFixed(0)}`,
              ...[wins, losses, ties].map(String),
            ]),
          ]),
    );
    for (const { pair, reason } of failed) io.note(`No verdict on ${pair}: ${reason}`);
    if (calibration) {
      const share = (of: { mean: number; low: number; high: number; of: number } | undefined) =>
        of ? `${percent(of.mean)} [${percent(of.low)}, ${percent(of.high)}] of ${of.of}` : "–";
      io.note(
        `The judge agrees with people on ${share(calibration.agreement)}, kappa ${calibration.kappa?.toFixed(2) ?? "–"}.`,
      );
      io.note(
        `The order decides ${share(calibration.inconsistent)}; the text in front wins ${share(calibration.frontShare)}.`,
      );
      io.note(
        `The longer text wins ${share(calibration.longerByJudge)} by the judge, ${share(calibration.longerByPeople)} by people.`,
      );
    }
  },
});

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
