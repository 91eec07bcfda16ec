import { answerScorers } from "@loam/finetuning";
import { forecast, type Recipe, type RunPlan, readRecipe, recordAll, type TuneResult, tune } from "@loam/peft";
import type { Io } from "../../terminal/io.ts";
import { sparkline } from "../../terminal/sparkline.ts";
import { count, duration } from "../../terminal/units.ts";
import { forecastText, planText } from "./show-plan.ts";
import { openTuneRecorder } from "./tune-recorder.ts";
import { scoreText, tuneScreen } from "./tune-screen.ts";

export interface RunTuneOptions {
  recipe: string;
  /** Fields that replace the file's: `optimizer.learning_rate=1e-4`. */
  set: readonly string[];
  resume: "auto" | "never";
  home?: string;
}

/** Says what a recipe is going to take, and starts nothing. */
export async function forecastRecipe(
  { recipe: path, set }: Pick<RunTuneOptions, "recipe" | "set">,
  io: Io,
): Promise<void> {
  const recipe = await readRecipe(path, { set });
  const forecasted = await forecast(recipe, { signal: io.signal });
  io.result({ recipe, forecast: forecasted }, () => forecastText(forecasted, recipe));
}

/** Runs a recipe, telling what it is going to do and how it goes. */
export async function runRecipe({ recipe: path, set, resume, home }: RunTuneOptions, io: Io): Promise<void> {
  const recipe = await readRecipe(path, { set });
  await using record = await openTuneRecorder(recipe, { home, resume, io });
  const screen = tuneScreen(io);
  const started = performance.now();
  let plan: RunPlan | undefined;
  let result: TuneResult;
  try {
    result = await tune(recipe, {
      resume,
      scorers: await answerScorers(recipe),
      signal: io.signal,
      onProgress: (event) => {
        screen.onProgress(event);
        record.onProgress(event);
      },
      recorder: recordAll([screen.recorder, record.recorder]),
      onPlan: (planned) => {
        plan = planned;
        announce(planned, recipe, io);
      },
    });
  } catch (error) {
    if (io.signal.aborted && plan) io.note(stopped(Math.max(plan.resumedFrom, screen.step), plan, recipe));
    throw error;
  }
  const milliseconds = performance.now() - started;
  io.result({ ...result, plan, milliseconds: Math.round(milliseconds) }, () =>
    summary(result, { recipe, milliseconds, losses: screen.losses }),
  );
}

function announce(plan: RunPlan, recipe: Recipe, io: Io): void {
  const { resumedFrom, steps, data } = plan;
  io.note(planText(plan, recipe));
  for (const { file, line, reason } of data.skippedRows.slice(0, 3))
    io.note(`left out: ${file} line ${line}: ${reason}`);
  if (data.skipped > 3)
    io.note(`left out: ${data.skipped - 3} more rows; \`loam data preview ${recipe.data.path}\` lists them`);
  if (resumedFrom >= steps)
    io.note(
      `\nAll ${count(steps, "step")} were done before; --fresh begins anew, a larger max_steps or epochs goes on.`,
    );
  else if (resumedFrom > 0)
    io.note(`\nGoes on after step ${resumedFrom}, from ${recipe.output}/checkpoints; --fresh begins anew.`);
  else io.note("");
}

function stopped(step: number, { steps }: RunPlan, { output }: Recipe): string {
  return step === 0
    ? "Stopped before the first step; nothing was learned."
    : `Stopped after step ${step} of ${steps}; the checkpoint is in ${output}/checkpoints.\nThe same command goes on from there, with --fresh it begins anew.`;
}

function summary(
  { output, steps, losses, scores, trainableParameters, resumedFrom }: TuneResult,
  { recipe, milliseconds, losses: all }: { recipe: Recipe; milliseconds: number; losses: readonly number[] },
): string {
  const { first, last, eval: evaluated } = losses;
  return [
    `${output}: ${recipe.method.peft_type}, ${trainableParameters.toLocaleString("en")} parameters, ${count(steps, "step")}${resumedFrom > 0 ? ` (${steps - resumedFrom} now)` : ""} in ${duration(milliseconds)}`,
    ["loss", first.toFixed(4), sparkline(all, 30) || "→", last.toFixed(4)].join(" ") +
      (evaluated === undefined ? "" : `, evaluation ${evaluated.toFixed(4)}`),
    ...(Object.keys(scores).length > 0 ? [`answers: ${scoreText(scores)}`] : []),
    `Try it: loam chat ${recipe.model} --adapter ${output}`,
  ].join("\n");
}
