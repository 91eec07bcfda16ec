import {
  argument,
  type CommandGroup,
  choice,
  command,
  decimal,
  flag,
  optionalArgument,
  text,
  texts,
  whole,
} from "../../command/command.ts";

const set = texts("a field of the recipe and its value, as YAML; may be repeated", { value: "field=value" });

const train = command({
  name: "train",
  summary: "Train a text-to-video model as a recipe says",
  description:
    "Prints what it is going to take, then progress and losses. Ctrl-C stops with a checkpoint; the same command goes on from " +
    "there by itself, also after a crash. The output folder gets the model, `metrics.jsonl` and TensorBoard files.",
  args: { recipe: argument("recipe, as YAML") },
  options: {
    set,
    output: { ...text("folder for the model, instead of the recipe's", { value: "folder" }), short: "o" },
    dryRun: flag("only say what it takes: parameters, tokens, memory"),
    fresh: flag("begin anew although there are checkpoints"),
  },
  examples: [
    ["video train moving-digits.yaml", "begin, or go on where it stopped"],
    ["video train moving-digits.yaml --set steps=400 -o outputs/short", "a shorter run"],
  ],
  run: async ({ recipe, set, output, dryRun, fresh, home }, io) => {
    const { runVideoRecipe } = await import("./run-video-train.ts");
    const settings = [...(output ? [`output=${JSON.stringify(output)}`] : []), ...set];
    await runVideoRecipe({ recipe, set: settings, dryRun, resume: fresh ? "never" : "auto", home }, io);
  },
});

const generate = command({
  name: "generate",
  summary: "Make clips of a prompt",
  description:
    "The same seed gives the same bytes on one machine. The name after --out says which kind of file: .mp4, .webm (by ffmpeg), .webp or .gif. With " +
    "--prompts, --out is a folder that gets 0001.mp4, 0002.mp4 and so on.",
  args: { prompt: optionalArgument("what to show") },
  options: {
    model: {
      ...text("folder or name of a model; the one that comes with Loam when left out", { value: "model" }),
      short: "m",
    },
    out: { ...text("file to write, or folder with --prompts; clip.mp4 when left out", { value: "path" }), short: "o" },
    prompts: text('JSON lines, one {"prompt", "seed"} per clip', { value: "file" }),
    size: text("width and height in pixels: 64x36", { value: "WxH" }),
    frames: whole("frames of the clip", { min: 1, max: 4096 }),
    seed: whole("what the noise is drawn from", { min: 0, max: Number.MAX_SAFE_INTEGER, otherwise: 0 }),
    guidance: decimal("how much more than without a prompt, 1 to 8", { min: 0, max: 100 }),
    steps: whole("steps from noise to clip", { min: 1, max: 1000 }),
    sampler: text("euler, heun or unipc", { value: "name" }),
    from: text("picture that the clip begins with", { value: "image" }),
    extend: text("clip that goes on: the result has its frames and then new ones, --frames in all", { value: "clip" }),
    to: text("prompt that takes over little by little, over --frames in all", { value: "prompt" }),
    loop: flag("the last frame leads to the first"),
    scale: whole("side of the square that a pixel becomes", { min: 1, max: 64, otherwise: 1 }),
    adapter: texts("LoRA folder of a published model, or folder=weight; may be repeated", { value: "folder" }),
    negative: text("what a published model is guided away from"),
    quantize: choice("keep the weights of a published model in 8 or 4 bits", ["int8", "nf4", "int4"]),
    framesAs: choice("write each frame as a picture too, into a folder beside the clip", ["png"]),
  },
  examples: [
    ['video generate "a 3 moving left" --out clip.mp4', "one clip"],
    ['video generate "a 7 moving up" --seed 7 --guidance 3 --steps 16 --scale 8 -o clip.webp', "larger, as WebP"],
    [
      'video generate "a fox in the snow" -m ./Wan2.1-T2V-1.3B-Diffusers --size 832x480 --frames 33 -o fox.mp4',
      "with a published model",
    ],
    ['video generate "a 3 moving left" --extend clip.mp4 --frames 40 -o longer.mp4', "go on from a clip"],
    ['video generate "a 3 moving left" --to "a 7 moving left" --frames 48 -o morph.mp4', "from one prompt to another"],
    ["video generate --prompts prompts.jsonl --out clips --frames-as png --json", "many, with their frames"],
  ],
  run: async (options, io) => {
    const { runGenerate } = await import("./run-video-generate.ts");
    await runGenerate(options, io);
  },
});

const judge = command({
  name: "judge",
  summary: "Train a judge for the clips of a recipe",
  description:
    "A small classifier that shares nothing with the models it judges. Its accuracy on clips that it never saw is told.",
  args: { recipe: argument("recipe, as YAML: its data are learned from, its test data judged") },
  options: {
    set,
    output: { ...text("folder for the judge; judge when left out", { value: "folder" }), short: "o" },
    steps: whole("training steps", { min: 1, max: 1_000_000, otherwise: 2500 }),
    seed: whole("what batches are drawn from", { min: 0, max: 2 ** 31, otherwise: 7 }),
  },
  examples: [["video judge moving-digits.yaml -o judges/digits", "about two minutes"]],
  run: async ({ recipe, set, output = "judge", steps, seed }, io) => {
    const { runJudge } = await import("./run-video-evaluate.ts");
    await runJudge({ recipe, set, output, steps, seed }, io);
  },
});

const evaluate = command({
  name: "evaluate",
  summary: "Judge a video model by clips that it makes of a recipe's captions",
  description:
    "Tells how often the asked thing moves the asked way, beside real clips that were not trained on, and how far features are " +
    "from theirs (Fréchet distance, lower is better). With --out, a folder gets the report, contact sheets and clips.",
  args: { recipe: argument("recipe, as YAML: captions and real clips come from its test data") },
  options: {
    set,
    model: { ...text("folder or name of a model; the recipe's output when left out", { value: "model" }), short: "m" },
    judge: text("folder of a judge; judge when left out", { value: "folder" }),
    clips: whole("clips to make", { min: 2, max: 100_000, otherwise: 200 }),
    guidance: decimal("how much more than without a prompt", { min: 0, max: 100 }),
    steps: whole("steps from noise to clip", { min: 1, max: 1000 }),
    seed: whole("what captions and noise are drawn from", { min: 0, max: 2 ** 31, otherwise: 1 }),
    out: { ...text("folder for the report", { value: "folder" }), short: "o" },
  },
  examples: [
    ["video evaluate moving-digits.yaml --judge judges/digits", "200 clips"],
    [
      "video evaluate moving-digits.yaml --judge judges/digits --guidance 1.5 -o report --json",
      "less guidance, with pictures",
    ],
  ],
  run: async (options, io) => {
    const { runVideoEvaluate } = await import("./run-video-evaluate.ts");
    await runVideoEvaluate(options, io);
  },
});

export const videoGroup: CommandGroup = {
  name: "video",
  summary: "Train a text-to-video model and make clips with it",
  commands: [train, generate, judge, evaluate],
};
