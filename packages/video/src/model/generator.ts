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
import { type ClipSize, patchGrid } from "../patches/patchify.ts";
import { learnedPrompts } from "../text/learned-words.ts";
import { modulesOf } from "../training/model-parameters.ts";
import type { VideoModel } from "./video-model.ts";

/** One clip to make. */
export interface ClipRequest {
  prompt: string;
  /** The same seed gives the same clip on one machine. */
  seed: number;
}

export interface GenerateOptions {
  /** Left out, the first size the model was trained on. */
  size?: ClipSize;
  guidance?: number;
  steps?: number;
  /** How long the sampler stays near noise. */
  shift?: number;
  sampler?: string;
  signal?: AbortSignal;
  /** Hears of each step, with the model's present guess of the clips. */
  onStep?: (event: { step: number; steps: number; clips: () => GeneratedClip[] }) => void | Promise<void>;
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
      patchGrid(size, dit.patch);
      const words = requests.map(({ prompt }) => vocabulary.encode(prompt));
      const clips = requests.length;
      const shape = [clips, size.frames, dit.channels, size.height, size.width];
      const each = shape.slice(1).reduce((a, b) => a * b, 1);
      const noise = new Float32Array(clips * each);
      for (const [i, { seed }] of requests.entries()) {
        const rng = new Rng(seed);
        for (let j = 0; j < each; j++) noise[i * each + j] = rng.normal();
      }
      const program = await programFor(size, clips, guidance !== 1);
      const fixed = {
        ids: value(
          words.flatMap(({ ids }) => ids),
          [clips, vocabulary.maxWords],
          "int64",
        ),
        mask: value(
          words.flatMap(({ mask }) => mask),
          [clips, vocabulary.maxWords],
          "bool",
        ),
        guidance: value([guidance], []),
      };
      const field = async (x: Float32Array, t: number) =>
        floats(await program({ ...fixed, x: value(x, shape), t: value([t], []) }, { signal: options.signal }));
      const cut = (all: Float32Array): GeneratedClip[] =>
        requests.map((_, i) => ({ ...size, channels: dit.channels, data: all.slice(i * each, (i + 1) * each) }));
      const { onStep } = options;
      const x = await sampler(field, noise, timeGrid(steps, shift), {
        signal: options.signal,
        onStep: onStep && (({ step, steps, clean }) => onStep({ step, steps, clips: () => cut(clean) })),
      });
      return cut(x);
    },
    async close() {
      for (const program of programs.values()) await (await program).close();
      programs.clear();
    },
  };
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
      } as never,
    },
  ) as unknown as Promise<Velocity>;
}
