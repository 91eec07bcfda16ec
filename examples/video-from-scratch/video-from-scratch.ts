/**
 * A text-to-video model from nothing: train it on a world that Loam draws, judge it, make a clip.
 *
 *     node examples/video-from-scratch/video-from-scratch.ts --steps 400 --folder outputs/world
 *
 * A few hundred steps show that it learns; `moving-digits.yaml` is the recipe that reaches legible digits.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { openGenerator, openVideoModel, toFrames, trainVideo, writeClip } from "@loam/video";

const { values } = parseArgs({
  options: { steps: { type: "string", default: "400" }, folder: { type: "string", default: "outputs/world" } },
});
const { folder } = values;

const { parameters, losses } = await trainVideo(
  {
    data: {
      kind: "caption-world",
      sizes: [{ frames: 8, height: 16, width: 16 }],
      thing_size: 7,
      start_grid: 4,
      languages: ["en"],
    },
    model: { patch: [4, 4, 4], hidden: 64, depth: 2, heads: 2, text_dim: 32 },
    optimizer: { warmup_steps: 10 },
    steps: Number(values.steps),
    batch_size: 16,
    output: join(folder, "model"),
  },
  { onProgress: ({ done, total, message }) => done % 20 === 0 && console.log(`step ${done} of ${total}: ${message}`) },
);
console.log(`${parameters} parameters, loss ${losses.first.toFixed(3)} → ${losses.last.toFixed(3)}`);

const generator = openGenerator(await openVideoModel(join(folder, "model")));
const prompt = "a red circle moving left at night";
const [clip] = await generator.generate([{ prompt, seed: 7 }]);
await generator.close();
const file = join(folder, "clip.webp");
await writeClip(file, toFrames(clip!, { scale: 8 }), { framesPerSecond: 8 });
console.log(`${file}: ${prompt}`);
