import { type OnProgress, ProgressMeter, Rng } from "@loam/core";
import type { ClipSource } from "../data/clip-source.ts";
import type { GeneratedClip, GenerateOptions, VideoGenerator } from "../model/generator.ts";
import type { FrameJudge } from "./frame-judge.ts";
import { featureStatistics, frechetDistance } from "./frechet.ts";
import { type ClipVerdict, type Facts, judgeClips } from "./judge-clips.ts";

export interface EvaluateVideoOptions extends Pick<GenerateOptions, "guidance" | "steps" | "sampler" | "signal"> {
  clips?: number;
  seed?: number;
  onProgress?: OnProgress;
  /** Clips made together. */
  together?: number;
}

/** How well a model does what it is asked, by a judge that shares nothing with it. */
export interface VideoReport {
  clips: number;
  guidance: number;
  steps: number;
  /** Share of clips in which each aspect is as asked, in [0, 1]. */
  right: Record<string, number>;
  /** The same by size, such as `32x56`, where the data has several; clips take them in turn. */
  rightBySize?: Record<string, Record<string, number>>;
  /** The same of real clips with the same captions: what the judge can see at best. */
  real: Record<string, number>;
  /** Distance of features from those of real clips, and of as many other real clips from them. Lower is better. */
  frechet: number;
  frechetOfReal: number;
  /** Mean absolute change of a pixel from frame to frame, made and real, of a range of 2. */
  change: { made: number; real: number };
  secondsPerClip: number;
  rows: { prompt: string; size: string; seed: number; asked: Facts; seen: Facts }[];
  made: GeneratedClip[];
}

/** Makes clips of captions that a source draws, and judges them beside real clips that were not trained on. */
export async function evaluateVideoModel(
  generator: VideoGenerator,
  judge: FrameJudge,
  test: ClipSource,
  { clips: count = 200, seed = 1, together = 8, onProgress, signal, ...how }: EvaluateVideoOptions = {},
): Promise<VideoReport> {
  const rng = new Rng(seed);
  const { sizes } = test;
  const sizeOf = (i: number) => sizes[i % sizes.length]!;
  const draw = async () => {
    const drawn = [];
    for (let i = 0; i < count; i++) drawn.push(await test.draw(rng, sizeOf(i)));
    return drawn;
  };
  const [real, others] = [await draw(), await draw()];
  const meter = new ProgressMeter(onProgress, { task: "evaluate", unit: "clip", total: count });
  const made: GeneratedClip[] = new Array(count);
  const started = performance.now();
  for (const [turn, size] of sizes.entries()) {
    const own = [...real.keys()].filter((i) => i % sizes.length === turn);
    for (let at = 0; at < own.length; at += together) {
      const some = own.slice(at, at + together);
      const requests = some.map((i) => ({ prompt: real[i]!.caption, seed: seed * 1_000_003 + i }));
      const clips = await generator.generate(requests, { ...how, size, signal });
      for (const [j, clip] of clips.entries()) made[some[j]!] = clip;
      meter.advance(some.length);
    }
  }
  const secondsPerClip = (performance.now() - started) / 1000 / count;
  const asked = real.map(({ facts }) => facts!);
  const judged = await judgeClips(judge, made, asked);
  const rightBySize: Record<string, Record<string, number>> = {};
  for (const [turn, { width, height }] of sizes.length > 1 ? sizes.entries() : []) {
    const isOwn = (_: unknown, i: number) => i % sizes.length === turn;
    rightBySize[`${width}x${height}`] = (await judgeClips(judge, made.filter(isOwn), asked.filter(isOwn))).right;
  }
  const judgedReal = await judgeClips(judge, real, asked);
  const judgedOthers = await judgeClips(
    judge,
    others,
    others.map(({ facts }) => facts!),
  );
  const statistics = (verdicts: readonly ClipVerdict[]) => featureStatistics(verdicts.map(({ features }) => features));
  const reference = statistics(judgedReal.verdicts);
  const { sampling } = generator.model.config;
  return {
    clips: count,
    guidance: how.guidance ?? sampling.guidance,
    steps: how.steps ?? sampling.steps,
    right: judged.right,
    ...(sizes.length > 1 && { rightBySize }),
    real: judgedReal.right,
    frechet: frechetDistance(statistics(judged.verdicts), reference),
    frechetOfReal: frechetDistance(statistics(judgedOthers.verdicts), reference),
    change: { made: meanChange(made), real: meanChange(real) },
    secondsPerClip,
    rows: real.map(({ caption, width, height }, i) => ({
      prompt: caption,
      size: `${width}x${height}`,
      seed: seed * 1_000_003 + i,
      asked: asked[i]!,
      seen: judged.verdicts[i]!.facts,
    })),
    made,
  };
}

function meanChange(clips: readonly { frames: number; data: Float32Array }[]): number {
  let [sum, count] = [0, 0];
  for (const { frames, data } of clips) {
    const each = data.length / frames;
    for (let i = each; i < data.length; i++) sum += Math.abs(data[i]! - data[i - each]!);
    count += data.length - each;
  }
  return sum / Math.max(1, count);
}
