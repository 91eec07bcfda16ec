import { InputError, LoamError } from "@loam/core";
import {
  contactSheet,
  encodeClip,
  extendClip,
  type GeneratedClip,
  toFrames,
  toStill,
  type VideoGenerator,
} from "@loam/video";
import { storeAway, type WorkKind } from "@loam/work";
import { FilmStrip } from "./film-strip.ts";
import type { StoredVideo } from "./types.ts";
import { sizeFor, type VideoCatalogue } from "./video-catalogue.ts";
import { wordsOf } from "./video-request.ts";
import { parseVideoInput, type VideoInput, type Videos, videoKindName } from "./videos.ts";

/** Small clips are enlarged until their shorter side has so many pixels, so that players show them. */
const shortestSide = 256;

/** Makes videos, one at a time. One that was interrupted is made anew, from the same noise. */
export function videoKind({ videos, catalogue }: { videos: Videos; catalogue: VideoCatalogue }): WorkKind {
  return {
    name: videoKindName,
    concurrency: 1,
    recover: () => videos.recover(),
    parse: parseVideoInput,
    run: async (input, { signal, progress }) => {
      const { project, id } = input as VideoInput;
      const row = await videos.findForWork(id);
      if (!row || row.status === "completed" || row.status === "failed") return; // taken away, or done before
      await videos.note(project, id, { status: "in_progress" });
      try {
        const film = new FilmStrip((picture) => videos.keepFilm(id, picture));
        const clip = await makeClip(row, {
          videos,
          generator: await catalogue.generator(row.body.model),
          signal,
          onStep: (noisy, guess) => film.add(noisy, guess),
          onProgress: async (done, total) => {
            progress?.({ task: "video", unit: "step", done, total });
            await videos.note(project, id, { progress: Math.min(99, Math.floor((100 * done) / total)) });
          },
        });
        const { framesPerSecond } = (await catalogue.find(row.body.model)).model.config;
        await videos.complete(project, id, { frames: clip.data, files: await filesOf(clip, framesPerSecond) });
      } catch (error) {
        if (signal?.aborted) await catalogue.release(); // what a cancelled clip held is free at once
        if (signal?.aborted || storeAway(error) || !(await videos.findForWork(id))) throw error;
        const code = error instanceof LoamError ? error.code : "video_generation_failed";
        await videos.fail(project, id, { code, message: (error as Error).message });
        throw error instanceof LoamError ? error : new InputError(code, (error as Error).message, { cause: error }); // another try would end the same way
      }
    },
  };
}

interface Making {
  videos: Videos;
  generator: VideoGenerator;
  signal?: AbortSignal;
  /** Hears of the clip after each step, before its progress is told. */
  onStep: (noisy: GeneratedClip, guess: GeneratedClip) => Promise<void>;
  onProgress: (done: number, total: number) => Promise<void>;
}

async function makeClip(
  { body }: StoredVideo,
  { videos, generator, signal, onStep, onProgress }: Making,
): Promise<GeneratedClip> {
  const { model } = generator;
  const { clip: size } = sizeFor(model, { size: body.size });
  const { origin, seed, guidance, steps: wantedSteps } = body;
  const prompt = wordsOf(body.prompt);
  const sampling = { size, signal, guidance, steps: wantedSteps };
  if (origin.kind !== "extension") {
    const blob = origin.kind === "prompt" ? undefined : await videos.floats(origin.blob);
    const [clip] = await generator.generate(
      [
        {
          prompt,
          seed,
          ...(origin.kind === "picture" && { begin: blob }),
          ...(origin.kind === "change" && { change: { clip: blob!, strength: origin.strength } }),
        },
      ],
      {
        ...sampling,
        onStep: async ({ step, steps, clips, noisy }) => {
          await onStep((await noisy())[0]!, (await clips())[0]!);
          await onProgress(step, steps);
        },
      },
    );
    return clip!;
  }
  const frames = Math.round(Number(body.seconds) * model.config.framesPerSecond);
  return await extendClip(
    generator,
    { prompt, seed, clip: await videos.floats(origin.blob), frames },
    {
      ...sampling,
      onStep: async ({ step, steps, clips, noisy }) => {
        await onStep((await noisy())[0]!, (await clips())[0]!);
        await onProgress(step, steps);
      },
    },
  );
}

async function filesOf(clip: GeneratedClip, framesPerSecond: number) {
  const scale = Math.max(1, Math.ceil(shortestSide / Math.min(clip.width, clip.height)));
  const frames = toFrames(clip, { scale });
  const sheet = contactSheet(toFrames(clip, { scale: Math.max(1, Math.floor(scale / 2)) }), {
    columns: Math.ceil(Math.sqrt(clip.frames)),
  });
  return {
    video: await encodeClip(frames, "mp4", framesPerSecond),
    thumbnail: await toStill(frames, frames.pictures[Math.floor(clip.frames / 2)]!, "webp"),
    spritesheet: await toStill(sheet, sheet.pictures[0]!, "jpeg"),
  };
}
