import { ArgumentError } from "@loam/core";
import { exportRecipeOperation } from "@loam/peft/operations";
import {
  argument,
  type CommandGroup,
  choice,
  command,
  flag,
  optionalArgument,
  text,
  texts,
} from "../../command/command.ts";
import { operationOptions } from "../../command/operation-options.ts";

const run = command({
  name: "run",
  summary: "Fine-tune a model as a recipe says",
  description:
    "Prints what it is going to do, then progress, evaluation losses and sample answers. Ctrl-C stops with a checkpoint; the " +
    "same command goes on from there by itself, also after a crash. The output folder gets the adapter, a model card, " +
    "`metrics.jsonl` and TensorBoard files.",
  args: { recipe: argument("recipe, as YAML; `loam tune init` writes one") },
  options: {
    set: texts("a field of the recipe and its value, as YAML; may be repeated", { value: "field=value" }),
    model: text("base model, instead of the recipe's", { value: "model" }),
    data: text("file or folder to learn from, instead of the recipe's", { value: "path" }),
    output: { ...text("folder for the adapter, instead of the recipe's", { value: "folder" }), short: "o" },
    dryRun: flag("only say what it takes: parameters, steps, memory"),
    fresh: flag("begin anew although there are checkpoints"),
  },
  examples: [
    ["tune recipe.yaml", "begin, or go on where it stopped"],
    ["tune recipe.yaml --dry-run", "parameters, steps and memory before anything starts"],
    ["tune recipe.yaml --set optimizer.learning_rate=1e-4 --set method.r=8 -o outputs/r8", "a variant of it"],
  ],
  run: async ({ recipe, set, model, data, output, dryRun, fresh, home }, io) => {
    const { forecastRecipe, runRecipe } = await import("./run-tune.ts");
    const given = Object.entries({ model, "data.path": data, output }).flatMap(([field, value]) =>
      value === undefined ? [] : [`${field}=${JSON.stringify(value)}`],
    );
    const settings = [...given, ...set];
    if (dryRun) await forecastRecipe({ recipe, set: settings }, io);
    else await runRecipe({ recipe, set: settings, resume: fresh ? "never" : "auto", home }, io);
  },
});

const methods = [
  "LORA",
  "ADALORA",
  "LOHA",
  "LOKR",
  "IA3",
  "PREFIX_TUNING",
  "P_TUNING",
  "PROMPT_TUNING",
  "BOTTLENECK",
  "VERA",
  "BITFIT",
  "LN_TUNING",
  "DIFF_PRUNING",
  "FULL",
] as const;

const init = command({
  name: "init",
  summary: "Write a recipe with comments to begin with",
  args: { file: optionalArgument("file to write; recipe.yaml when left out") },
  options: {
    model: text("base model: hub id, folder or .gguf", { value: "model" }),
    data: text("file or folder to learn from", { value: "path" }),
    method: choice("how to fine-tune", methods, "LORA"),
    output: { ...text("folder for the adapter", { value: "folder" }), short: "o" },
    force: flag("overwrite the file"),
  },
  examples: [
    ["tune init", "recipe.yaml"],
    ["tune init ia3.yaml --method IA3 --model ./my-model --data rows.jsonl", "for another method, model and data"],
  ],
  run: async ({ file = "recipe.yaml", force, ...fields }, io) => {
    const [{ starterRecipe }, { writeFile }] = await Promise.all([import("@loam/peft"), import("node:fs/promises")]);
    const { model, data, method, output } = fields;
    await writeFile(file, starterRecipe({ model, data, method, output }), { flag: force ? "w" : "wx" }).catch(
      (cause) => {
        if (cause.code === "EEXIST")
          throw new ArgumentError(
            "file",
            file,
            "a file that does not exist yet",
            "choose another name, or add --force",
          );
        throw cause;
      },
    );
    io.result({ file }, () => `${file} is written. Look through it, then: loam tune ${file} --dry-run`);
  },
});

const exportTo = command({
  name: "export",
  summary: exportRecipeOperation.summary,
  description: exportRecipeOperation.description,
  args: { recipe: argument("recipe, as YAML") },
  options: {
    ...operationOptions(exportRecipeOperation, { to: {} }),
    output: {
      ...text("folder to write; its name is the recipe's output and the engine when left out", { value: "folder" }),
      short: "o",
    },
    set: texts("a field of the recipe and its value, as YAML; may be repeated", { value: "field=value" }),
  },
  examples: [
    ["tune export recipe.yaml --to axolotl -o axolotl-run", "a folder to copy to the cluster"],
    ["tune export recipe.yaml --to torchrun --set batch_size=8", "for TRL and PEFT, with another batch"],
  ],
  run: async ({ recipe: path, to, output: given, set }, io) => {
    const { readRecipe } = await import("@loam/peft");
    const recipe = await readRecipe(path, { set });
    const output = given ?? `${recipe.output}-${to}`;
    const project = await exportRecipeOperation.call({}, { recipe: { ...recipe }, to, output }, io);
    io.result(project, () =>
      [`${output}: ${project.files.join(", ")}`, ...project.notes, `Start it there: ${project.launch}`].join("\n"),
    );
  },
});

export const tuneGroup: CommandGroup = {
  name: "tune",
  summary: "Fine-tune a model: `loam tune recipe.yaml`",
  commands: [run, init, exportTo],
  default: "run",
};
