import type { Forecast, ModuleParameters, Recipe, RunPlan } from "@loam/peft";
import { table } from "../../terminal/table.ts";
import { count, duration, size } from "../../terminal/units.ts";

const number = (n: number): string => n.toLocaleString("en");

/** What a run is going to do, for people. */
export function planText(plan: RunPlan, recipe: Recipe): string {
  const { base, rows, tokens, steps, stepsPerEpoch } = plan;
  const each = `${recipe.batch_size}${recipe.gradient_accumulation > 1 ? ` × ${recipe.gradient_accumulation}` : ""} rows a step`;
  const facts: [string, string][] = [
    ["base", `${base.name}${recipe.quantize === "none" ? "" : ` in ${recipe.quantize}`}`],
    ["data", `${recipe.data.path}: ${dataText(plan.data, recipe)}`],
    [
      "rows",
      `${number(rows.train)} to learn from${rows.eval > 0 ? `, ${number(rows.eval)} to evaluate` : ""}; ${each}`,
    ],
    ["tokens", `${number(tokens.all)} in an epoch, ${number(tokens.supervised)} of them supervised`],
    ["steps", `${number(steps)}, ${number(stepsPerEpoch)} an epoch`],
    ["output", recipe.output],
  ];
  return `${table(facts)}\n\n${trainableText(plan)}`;
}

/** Parameters by module, and the sentence that PEFT's `print_trainable_parameters` ends with. */
function trainableText({
  method,
  modules,
  trainableParameters,
  base,
}: Pick<RunPlan, "method" | "modules" | "trainableParameters" | "base">): string {
  return `${moduleTable(method, modules)}\n${trainableLine(trainableParameters, base.parameters)}`;
}

export function moduleTable(method: string, modules: readonly ModuleParameters[]): string {
  const shapesOf = ({ shapes }: ModuleParameters) =>
    Object.entries(shapes)
      .map(
        ([name, known]) =>
          `${name} ${known.length > 2 ? "[…]" : known.map((shape) => `[${shape.join(", ")}]`).join(" ")}`,
      )
      .join(", ");
  return table([
    [method, "modules", "parameters", ""],
    ...modules.map((module) => [
      module.module,
      number(module.modules).padStart("modules".length),
      number(module.parameters).padStart("parameters".length),
      shapesOf(module),
    ]),
  ]);
}

const trainableLine = (trainable: number, base: number): string =>
  `trainable params: ${number(trainable)} || all params: ${number(base + trainable)} || trainable%: ${((100 * trainable) / (base + trainable)).toFixed(4)}`;

/** `980 of 1,000 rows (12 left out, 8 duplicates)`. */
function dataText(report: RunPlan["data"], recipe: Pick<Recipe, "data">): string {
  const dropped = [
    report.skipped > 0 && `${number(report.skipped)} cannot be used`,
    report.duplicates > 0 && count(number(report.duplicates), "duplicate"),
    report.truncated > 0 && `${number(report.truncated)} cut at ${recipe.data.max_tokens} tokens`,
    report.unsupervised > 0 &&
      `${number(report.unsupervised)} left out, no answer within ${recipe.data.max_tokens} tokens`,
  ].filter(Boolean);
  return `${number(report.kept - report.unsupervised)} of ${number(report.read)} rows${dropped.length > 0 ? ` (${dropped.join(", ")})` : ""}`;
}

/** What a run is going to take, for people. */
export function forecastText(forecast: Forecast, recipe: Recipe): string {
  const { memory, data, steps, longestRow, flopsPerStep, time } = forecast;
  const facts: [string, string][] = [
    ["base", `${recipe.model}${recipe.quantize === "none" ? "" : ` in ${recipe.quantize}`}`],
    ["method", forecast.method],
    ["data", `${recipe.data.path}: ${dataText(data, recipe)}`],
    ["longest row", `${number(longestRow)} tokens`],
    ["steps", number(steps)],
    ["work", `${(flopsPerStep / 1e9).toPrecision(3)} GFLOP a step`],
    ...(time
      ? [
          [
            "time",
            `about ${duration(1000 * time.secondsPerStep)} a step, ${duration(1000 * time.totalSeconds)} in all (${time.how})`,
          ] as [string, string],
        ]
      : []),
    ["output", recipe.output],
  ];
  const { total, ...parts } = memory;
  const memoryRows = [
    ...Object.entries(parts).map(([what, bytes]) => [what, size(bytes).padStart(8)]),
    ["total", size(total).padStart(8)],
  ];
  return `${table(facts)}\n\n${table([["memory", ""], ...memoryRows])}\n\n${trainableLine(forecast.trainableParameters, forecast.baseParameters)}`;
}
