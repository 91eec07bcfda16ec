import { ArgumentError, Rng } from "@loam/core";
import {
  compile,
  concat,
  constant,
  expand,
  floats,
  type Program,
  reshape,
  slice,
  type Tensor,
  type Value,
  value,
  weight,
} from "@loam/graph";
import { toVelocity } from "../diffusion/flow/path.ts";
import { samplerOf } from "../diffusion/flow/samplers/table.ts";
import { timeGrid } from "../diffusion/flow/times.ts";
import { guide } from "../diffusion/guidance.ts";
import { dropPrompts, videoDit } from "../dit/video-dit.ts";
import type { ClipSize } from "../patches/patchify.ts";
import { learnedPrompts } from "../text/learned-words.ts";
import type { WordIds } from "../text/vocabulary.ts";
import { openClipSpace } from "./clip-space.ts";
import { modulesOf } from "./model-parameters.ts";
import type { VideoModel } from "./video-model.ts";

/** One clip to make. */
export interface ClipRequest {
  prompt: string;
  /** The same seed gives the same clip on one machine. */
  seed: number;
  /** Frames [f, C, H, W] that the clip begins with: a picture to set in motion, or the end of a clip to go on from. */
  begin?: Float32Array;
  /** A clip [F, C, H, W] to change: noise is mixed in up to this time, 1 keeps nothing of it (arXiv:2108.01073). */
  change?: { clip: Float32Array; strength: number };
  /** Another prompt that shares in where the clip goes: 0 not at all, 1 alone. */
  blend?: { prompt: string; share: number };
}

export interface GenerateOptions {
  /** Left out, the first size the model was trained on. */
  size?: ClipSize;
  guidance?: number;
  steps?: number;
  /** How long the sampler stays near noise. */
  shift?: number;
  sampler?: string;
  /** The last frame leads to the first: in each step the model sees the clip begin at another frame, so that no seam is at the same place. */
  loop?: boolean;
  signal?: AbortSignal;
  /** Hears of each step, with the model's present guess of the clips, and the noisy ones that it works on. */
  onStep?: (event: {
    step: number;
    steps: number;
    clips: () => Promise<GeneratedClip[]>;
    noisy: () => Promise<GeneratedClip[]>;
  }) => void | Promise<void>;
}

/** Frames with values −1 (black) to 1 (white). */
export interface GeneratedClip extends ClipSize {
  channels: number;
  /** [F, C, H, W] */
  data: Float32Array;
}

/** A model that is open for making clips. */
export interface VideoGenerator {
  readonly model: VideoModel;
  generate(requests: readonly ClipRequest[], options?: GenerateOptions): Promise<GeneratedClip[]>;
  /** Frees weights and working memory. */
  close(): Promise<void>;
}

type Inputs<T = Tensor> = { x: T; t: T; ids: T; mask: T; guidance: T };
type Velocity = Program<Inputs<Value>, Value>;

/** Below this time the division by t of a predicted x is held, where the last step ends. */
const smallestTime = 1e-3;

/** Opens a model for making clips. Graphs are compiled when a size is first asked for. */
export function openGenerator(model: VideoModel, { threads }: { threads?: number } = {}): VideoGenerator {
  const programs = new Map<string, Promise<Velocity>>();
  const { dit, vocabulary } = model;
  const space = openClipSpace(model, { threads });

  function programFor(size: ClipSize, clips: number, guided: boolean): Promise<Velocity> {
    const key = JSON.stringify([size, clips, guided]);
    let program = programs.get(key);
    if (!program) {
      program = compileVelocity(model, { size, clips, guided, threads });
      programs.set(key, program);
    }
    return program;
  }

  return {
    model,
    async generate(requests, options = {}) {
      const { sampling } = model.config;
      const size = options.size ?? model.sizes[0]!;
      const { guidance = sampling.guidance, steps = sampling.steps, shift = sampling.shift } = options;
      const sampler = samplerOf(options.sampler ?? sampling.sampler);
      if (requests.length === 0) throw new ArgumentError("requests", requests, "at least one prompt");
      if (!Number.isInteger(steps) || steps < 1 || steps > 1000)
        throw new ArgumentError("steps", steps, "a whole number from 1 to 1000");
      if (!(guidance >= 0 && guidance <= 100)) throw new ArgumentError("guidance", guidance, "a number from 0 to 100");
      const inner = space.size(size);
      const words = requests.map(({ prompt }) => vocabulary.encode(prompt));
      for (const { seed } of requests)
        if (!Number.isSafeInteger(seed) || seed < 0)
          throw new ArgumentError("seed", seed, "a whole number of at least 0");
      const clips = requests.length;
      const pixels = size.frames * model.channels * size.height * size.width;
      const shape = [clips, inner.frames, dit.channels, inner.height, inner.width];
      const each = shape.slice(1).reduce((a, b) => a * b, 1);
      if (options.loop && requests.some(({ begin }) => begin))
        throw new ArgumentError("loop", true, "no `begin`: a loop begins nowhere");
      for (const { blend } of requests)
        if (blend && !(blend.share >= 0 && blend.share <= 1))
          throw new ArgumentError("blend.share", blend.share, "a number from 0 to 1");
      for (const { begin, change } of requests) {
        if (begin && (begin.length === 0 || begin.length > pixels || (begin.length * size.frames) % pixels !== 0))
          throw new ArgumentError(
            "begin",
            begin.length,
            `the values of 1 to ${size.frames} frames of ${pixels / size.frames}`,
          );
        if (change && change.clip.length !== pixels)
          throw new ArgumentError("change", change.clip.length, `a clip of ${pixels} values`);
      }
      const begins: Float32Array[] = [];
      const changed: Float32Array[] = [];
      for (const { begin, change } of requests) {
        begins.push(begin ? await space.enter(begin, size) : new Float32Array(0));
        changed.push(change ? await space.enter(change.clip, size) : new Float32Array(0));
      }
      const noise = new Float32Array(clips * each);
      for (const [i, { seed }] of requests.entries()) {
        const rng = new Rng(seed);
        for (let j = 0; j < each; j++) noise[i * each + j] = rng.normal();
      }
      const program = await programFor(inner, clips, guidance !== 1);
      const asInputs = (rows: readonly WordIds[]) => ({
        ids: value(
          rows.flatMap(({ ids }) => ids),
          [clips, vocabulary.maxWords],
          "int64",
        ),
        mask: value(
          rows.flatMap(({ mask }) => mask),
          [clips, vocabulary.maxWords],
          "bool",
        ),
      });
      const prompts = asInputs(words);
      const blended = requests.some(({ blend }) => blend)
        ? asInputs(requests.map(({ prompt, blend }) => vocabulary.encode(blend?.prompt ?? prompt)))
        : undefined;
      const ask = async (x: Float32Array, t: number, of: typeof prompts) => {
        const given = { ...of, x: value(x, shape), t: value([t], []), guidance: value([guidance], []) };
        return floats(await program(given, { signal: options.signal }));
      };
      const patchFrames = dit.patch[0];
      let asked = 0;
      const field = async (given: Float32Array, t: number) => {
        const turned = options.loop ? (patchFrames * asked++) % inner.frames : 0;
        const x = turnFrames(given, { clips, frames: inner.frames, by: turned });
        let velocity = await ask(x, t, prompts);
        if (blended) {
          const other = await ask(x, t, blended);
          velocity = velocity.map((v, i) => v + (requests[Math.floor(i / each)]!.blend?.share ?? 0) * (other[i]! - v));
        }
        velocity = turnFrames(velocity, { clips, frames: inner.frames, by: inner.frames - turned });
        // Frames that are known go straight from their noise to what they are.
        for (const [i, begin] of begins.entries())
          for (let j = 0; j < begin.length; j++) velocity[i * each + j] = noise[i * each + j]! - begin[j]!;
        return velocity;
      };
      const cut = async (all: Float32Array): Promise<GeneratedClip[]> => {
        const made: GeneratedClip[] = [];
        for (const i of requests.keys()) {
          const data = await space.leave(all.slice(i * each, (i + 1) * each), size);
          made.push({ ...size, channels: model.channels, data });
        }
        return made;
      };
      const { onStep } = options;
      const { start, times } = startOf(requests, { noise, changed, times: timeGrid(steps, shift) });
      const x = await sampler(field, start, times, {
        signal: options.signal,
        onStep:
          onStep &&
          (({ step, steps, x, clean }) => onStep({ step, steps, clips: () => cut(clean), noisy: () => cut(x) })),
      });
      const made = await cut(x);
      // What a codec gives back of frames that were given is close to them, but not the same.
      if (model.codec) for (const [i, { begin }] of requests.entries()) if (begin) made[i]!.data.set(begin);
      return made;
    },
    async close() {
      for (const program of programs.values()) await (await program).close();
      programs.clear();
      await space.close();
    },
  };
}

/** Each clip of a row with its frames moved forward in a circle. */
function turnFrames(
  row: Float32Array,
  { clips, frames, by }: { clips: number; frames: number; by: number },
): Float32Array {
  if (by % frames === 0) return row;
  const each = row.length / clips;
  const cut = (by * each) / frames;
  const out = new Float32Array(row.length);
  for (let clip = 0; clip < clips; clip++) {
    const from = clip * each;
    out.set(row.subarray(from + each - cut, from + each), from);
    out.set(row.subarray(from, from + each - cut), from + cut);
  }
  return out;
}

/** Where sampling begins: at noise, or, to change clips, at the clip with as much noise as its strength says. */
function startOf(
  requests: readonly ClipRequest[],
  { noise, changed, times }: { noise: Float32Array; changed: readonly Float32Array[]; times: readonly number[] },
): { start: Float32Array; times: readonly number[] } {
  const strength = requests[0]!.change?.strength;
  if (requests.some(({ change }) => change?.strength !== strength))
    throw new ArgumentError("change", requests.length, "one strength for all clips that are made together");
  if (strength === undefined) return { start: noise, times };
  if (!(strength > 0 && strength <= 1)) throw new ArgumentError("strength", strength, "a number above 0, at most 1");
  const each = noise.length / requests.length;
  const start = noise.map((eps, i) => (1 - strength) * changed[Math.floor(i / each)]![i % each]! + strength * eps);
  return { start, times: [strength, ...times.filter((t) => t < strength)] };
}

/** The guided velocity of clips of one size, as one graph: prompts and null prompts are one batch. */
function compileVelocity(
  { dit, predicts, weights, vocabulary }: VideoModel,
  { size, clips, guided, threads }: { size: ClipSize; clips: number; guided: boolean; threads?: number },
): Promise<Velocity> {
  const shape = [clips, size.frames, dit.channels, size.height, size.width];
  const rows = guided ? 2 * clips : clips;
  const twice = (x: Tensor) => (guided ? concat([x, x], { axis: 0 }) : x);
  return compile(
    ({ x, t, ids, mask, guidance }: Inputs) => {
      const modules = modulesOf(
        Object.fromEntries(
          Object.entries(weights).map(([name, { shape, data }]) => [
            name,
            weight({ name, dtype: "float32", shape, source: { data } }),
          ]),
        ),
      );
      const times = expand(reshape(t, [1]), [rows]);
      const hidden = value(
        Array.from({ length: rows }, (_, row) => row >= clips),
        [rows],
        "bool",
      );
      const given = learnedPrompts(modules, { ids: twice(ids), mask: twice(mask) });
      const prompts = guided
        ? dropPrompts(modules, given, constant({ dtype: "bool", shape: [rows], data: hidden.data as Uint8Array }))
        : given;
      const output = videoDit(modules, dit, { x: twice(x), t: times, prompts });
      const velocity = toVelocity(output, { prediction: predicts, xt: twice(x), t: times, floor: smallestTime });
      if (!guided) return velocity;
      const part = (from: number) => slice(velocity, { axes: [0], starts: [from], ends: [from + clips] });
      return guide(part(0), part(clips), guidance);
    },
    {
      name: "velocity",
      threads,
      inputs: {
        x: { dtype: "float32", shape },
        t: { dtype: "float32", shape: [] },
        ids: { dtype: "int64", shape: [clips, vocabulary.maxWords] },
        mask: { dtype: "bool", shape: [clips, vocabulary.maxWords] },
        guidance: { dtype: "float32", shape: [] },
      },
    },
  );
}
