import { ArgumentError } from "@loam/core";
import type { ClipSize } from "../patches/patchify.ts";
import { type FrameJudge, featureWidth, knowsSize, onCanvas } from "./frame-judge.ts";
import { type Motion, motionOf } from "./motion.ts";

type AnyClip = ClipSize & { channels: number; data: Float32Array };
export type Facts = Readonly<Record<string, string>>;

/** What a judge sees in one clip. */
export interface ClipVerdict {
  facts: Record<string, string>;
  motion: Motion;
  /** Mean features, mean change of features from frame to frame, velocity: what Fréchet distances are made of. */
  features: Float64Array;
}

export interface ClipJudgement {
  verdicts: ClipVerdict[];
  /** Share of clips in which each aspect is as asked, and all of them at once, in [0, 1]. */
  right: Record<string, number>;
}

/**
 * What each clip shows, by the mean of its frames' probabilities, and how often that is what was asked.
 *
 * @throws {ArgumentError} for clips of another size than the judge was trained for.
 */
export async function judgeClips(
  judge: FrameJudge,
  clips: readonly AnyClip[],
  asked: readonly Facts[],
): Promise<ClipJudgement> {
  const { channels, height, width, sizes = [{ height, width }] } = judge.config;
  const verdicts: ClipVerdict[] = [];
  for (const clip of clips) {
    if (!knowsSize(judge.config, clip))
      throw new ArgumentError(
        "clip",
        `${clip.width}×${clip.height} with ${clip.channels} channels`,
        `${sizes.map((size) => `${size.width}×${size.height}`).join(" or ")} with ${channels}, which this judge was trained on`,
      );
    verdicts.push(await verdictOn(judge, clip));
  }
  const aspects = [...new Set(asked.flatMap((facts) => Object.keys(facts)))];
  const share = (isRight: (verdict: ClipVerdict, facts: Facts) => boolean) =>
    verdicts.filter((verdict, i) => isRight(verdict, asked[i]!)).length / Math.max(1, verdicts.length);
  const agrees = (aspect: string) => (verdict: ClipVerdict, facts: Facts) =>
    facts[aspect] === undefined || verdict.facts[aspect] === facts[aspect];
  return {
    verdicts,
    right: {
      ...Object.fromEntries(aspects.map((aspect) => [aspect, share(agrees(aspect))])),
      all: share((verdict, facts) => aspects.every((aspect) => agrees(aspect)(verdict, facts))),
    },
  };
}

async function verdictOn(judge: FrameJudge, clip: AnyClip): Promise<ClipVerdict> {
  const { probabilities, features } = await judge.look(onCanvas(judge.config, clip.data, clip));
  const facts: Record<string, string> = {};
  for (const [aspect, values] of Object.entries(judge.config.aspects)) {
    const sums = values.map((_, i) => {
      let sum = 0;
      for (let f = 0; f < clip.frames; f++) sum += probabilities[aspect]![f * values.length + i]!;
      return sum;
    });
    facts[aspect] = values[sums.indexOf(Math.max(...sums))]!;
  }
  const motion = motionOf(clip);
  facts.motion = motion.direction;
  const summary = new Float64Array(2 * featureWidth + 2);
  for (let i = 0; i < featureWidth; i++) {
    for (let f = 0; f < clip.frames; f++) summary[i]! += features[f * featureWidth + i]! / clip.frames;
    for (let f = 1; f < clip.frames; f++)
      summary[featureWidth + i]! +=
        (features[f * featureWidth + i]! - features[(f - 1) * featureWidth + i]!) / Math.max(1, clip.frames - 1);
  }
  summary[2 * featureWidth] = motion.x;
  summary[2 * featureWidth + 1] = motion.y;
  return { facts, motion, features: summary };
}
