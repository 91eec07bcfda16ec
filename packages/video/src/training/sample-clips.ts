import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { toFrames } from "../media/frames.ts";
import { writeClip } from "../media/write-clip.ts";
import { openGenerator } from "../model/generator.ts";
import type { VideoModel } from "../model/video-model.ts";

/** Small clips are enlarged until their shorter side has about so many pixels. */
const shortestSide = 128;

/** Where the clips of a step lie, below the run's folder: `samples/000200/0.webp`, one for each prompt. */
export const samplePath = (step: number, prompt: number): string =>
  `samples/${String(step).padStart(6, "0")}/${prompt}.webp`;

/**
 * Makes a clip for each prompt with a model that is still being trained, each with the seed of its place in the list, so that the
 * clips of different steps begin from the same noise.
 *
 * @returns paths of the clips below `folder`
 */
export async function writeSamples(
  folder: string,
  { model, step, prompts, threads }: { model: VideoModel; step: number; prompts: readonly string[]; threads?: number },
): Promise<string[]> {
  const generator = openGenerator(model, { threads });
  try {
    const clips = await generator.generate(prompts.map((prompt, seed) => ({ prompt, seed })));
    const paths: string[] = [];
    for (const [i, clip] of clips.entries()) {
      const path = samplePath(step, i);
      const scale = Math.max(1, Math.floor(shortestSide / Math.min(clip.width, clip.height)));
      await mkdir(join(folder, "samples"), { recursive: true });
      const { framesPerSecond } = model.config;
      await writeClip(join(folder, path), toFrames(clip, { scale }), { framesPerSecond });
      paths.push(path);
    }
    return paths;
  } finally {
    await generator.close();
  }
}
