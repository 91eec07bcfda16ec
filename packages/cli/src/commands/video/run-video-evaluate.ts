import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import {
  contactSheet,
  evaluateVideoModel,
  findVideoModel,
  type GeneratedClip,
  openClipSource,
  openGenerator,
  openJudge,
  openTestSource,
  readVideoRecipe,
  toFrames,
  toStill,
  trainJudge,
  type VideoReport,
  writeClip,
} from "@loam/video";
import type { Io } from "../../terminal/io.ts";

/** Trains a judge on a recipe's data and tells its accuracy on the recipe's test data. */
export async function runJudge(
  {
    recipe: path,
    set,
    output,
    steps,
    seed,
  }: { recipe: string; set: readonly string[]; output: string; steps: number; seed: number },
  io: Io,
): Promise<void> {
  const recipe = await readVideoRecipe(path, { set });
  const besides = dirname(resolve(path));
  const [source, test] = [await openClipSource(recipe.data, { besides }), await openTestSource(recipe, { besides })];
  const { signal, progress: onProgress } = io;
  const { accuracy } = await trainJudge(source, { test, output, steps, seed, signal, onProgress });
  io.result({ output, accuracy }, () => `${output}: right about real clips that it never saw: ${shares(accuracy)}`);
}

/** Judges a model by clips of a recipe's captions. */
export async function runVideoEvaluate(
  {
    recipe: path,
    set,
    model: name,
    judge: judgeFolder = "judge",
    clips,
    guidance,
    steps,
    seed,
    out,
  }: {
    recipe: string;
    set: readonly string[];
    model?: string;
    judge?: string;
    clips: number;
    guidance?: number;
    steps?: number;
    seed: number;
    out?: string;
  },
  io: Io,
): Promise<void> {
  const recipe = await readVideoRecipe(path, { set });
  const test = await openTestSource(recipe, { besides: dirname(resolve(path)) });
  const judge = await openJudge(judgeFolder);
  const generator = openGenerator(await findVideoModel(name ?? recipe.output));
  try {
    const { signal, progress: onProgress } = io;
    const report = await evaluateVideoModel(generator, judge, test, {
      clips,
      guidance,
      steps,
      seed,
      signal,
      onProgress,
    });
    const { made: _, ...told } = report;
    if (out) await writeReport(out, report, generator.model.config.framesPerSecond);
    io.result(told, () => reportText(report));
  } finally {
    await generator.close();
    await judge.close();
  }
}

const shares = (right: Readonly<Record<string, number>>): string =>
  Object.entries(right)
    .map(([aspect, share]) => `${aspect} ${(100 * share).toFixed(1)} %`)
    .join(", ");

function reportText({
  clips,
  guidance,
  steps,
  right,
  rightBySize = {},
  real,
  frechet,
  frechetOfReal,
  change,
  secondsPerClip,
}: VideoReport): string {
  return [
    `${clips} clips, guidance ${guidance}, ${steps} steps, ${secondsPerClip.toFixed(2)} s a clip`,
    `as asked:   ${shares(right)}`,
    ...Object.entries(rightBySize).map(([size, right]) => `  at ${size}: ${shares(right)}`),
    `real clips: ${shares(real)}`,
    `Fréchet distance ${frechet.toFixed(1)} (as many real clips: ${frechetOfReal.toFixed(1)})`,
    `change from frame to frame ${change.made.toFixed(4)} (real: ${change.real.toFixed(4)})`,
  ].join("\n");
}

/** `report.json`, `report.md`, a sheet of the first clips and the clips that were judged wrong. */
async function writeReport(folder: string, report: VideoReport, framesPerSecond: number): Promise<void> {
  await mkdir(folder, { recursive: true });
  const { made, ...told } = report;
  await writeFile(join(folder, "report.json"), `${JSON.stringify(told, null, 2)}\n`);
  const [{ width, height }] = made as [GeneratedClip, ...GeneratedClip[]];
  const alike = made.filter((clip) => clip.width === width && clip.height === height);
  const shown = alike.slice(0, 24).map((clip) => toFrames(clip, { scale: 2 }));
  const sheet = contactSheet(
    { ...shown[0]!, pictures: shown.flatMap(({ pictures }) => pictures) },
    { columns: shown[0]!.pictures.length },
  );
  await writeFile(join(folder, "sheet.webp"), await toStill(sheet, sheet.pictures[0]!, "webp"));
  const wrong = told.rows.flatMap(({ asked, seen, prompt }, i) =>
    Object.keys(asked).some((aspect) => seen[aspect] !== asked[aspect]) ? [{ i, prompt, seen }] : [],
  );
  for (const { i } of wrong.slice(0, 20))
    await writeClip(join(folder, "wrong", `${String(i + 1).padStart(4, "0")}.webp`), toFrames(made[i]!, { scale: 4 }), {
      framesPerSecond,
    });
  const lines = wrong.map(({ i, prompt, seen }) => `| ${i + 1} | ${prompt} | ${Object.values(seen).join(", ")} |`);
  const table = ["| clip | asked | seen |", "| --- | --- | --- |", ...lines].join("\n");
  await writeFile(
    join(folder, "report.md"),
    `# Clips of ${report.clips} captions\n\n${reportText(report)}\n\nOne clip a row:\n\n![the first clips](sheet.webp)\n\n## Judged wrong\n\n${table}\n`,
  );
}
