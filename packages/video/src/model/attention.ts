import { ArgumentError, Rng } from "@loam/core";
import {
  compile,
  constant,
  equal,
  expand,
  floats,
  gather,
  matmul,
  mul,
  reduceMean,
  reshape,
  softmax,
  type Tensor,
  value,
  weight,
  where,
} from "@loam/graph";
import type { AttentionSpan } from "../dit/attend.ts";
import { videoDit } from "../dit/video-dit.ts";
import { type ClipSize, type PatchGrid, patchGrid } from "../patches/patchify.ts";
import { learnedPrompts } from "../text/learned-words.ts";
import { openClipSpace } from "./clip-space.ts";
import { modulesOf } from "./model-parameters.ts";
import type { VideoModel } from "./video-model.ts";

/** What is looked at: a clip turned to noise up to a time, and one of its patches. */
export interface LookRequest {
  prompt: string;
  /** [F, C, H, W] */
  clip: Float32Array;
  /** 0 is the clip, 1 is noise. */
  time: number;
  /** What the noise is drawn from. */
  seed: number;
  /** In (frame, row, column) order. */
  patch: number;
}

/** Where one patch looks. Shares of a block sum to 1; heads are averaged. */
export interface Look {
  grid: PatchGrid;
  /** By block, the share of each patch. */
  patches: Float32Array[];
  /** The words of the prompt, each with its share by block. */
  words: { word: string; shares: number[] }[];
}

/** Attention of a model on clips of one size, ready to be looked at. */
export interface AttentionViewer {
  readonly size: ClipSize;
  look(request: LookRequest): Promise<Look>;
  close(): Promise<void>;
}

type Inputs<T = Tensor> = { x: T; t: T; ids: T; mask: T; patch: T };
type Rows<T> = { patches: T[]; words: T[] };

/**
 * Opens a model for looking at its attention. Only the row of the patch that is asked for is computed, so that long clips cost no
 * square of their patches.
 *
 * @throws {ArgumentError} for a size that the model's patches do not divide.
 */
export async function openAttention(
  model: VideoModel,
  { size = model.sizes[0]!, threads }: { size?: ClipSize; threads?: number } = {},
): Promise<AttentionViewer> {
  const { dit, vocabulary, weights } = model;
  const space = openClipSpace(model, { threads });
  const inner = space.size(size);
  const grid = patchGrid(inner, dit.patch);
  const count = grid[0] * grid[1] * grid[2];
  const shape = [1, inner.frames, dit.channels, inner.height, inner.width];
  const program = await compile(
    ({ x, t, ids, mask, patch }: Inputs) => {
      const modules = modulesOf(
        Object.fromEntries(
          Object.entries(weights).map(([name, { shape, data }]) => [
            name,
            weight({ name, dtype: "float32", shape, source: { data } }),
          ]),
        ),
      );
      const rows: Rows<Tensor> = { patches: [], words: [] };
      videoDit(modules, dit, {
        ...{ x, t: expand(reshape(t, [1]), [1]), prompts: learnedPrompts(modules, { ids, mask }) },
        onAttention: (at, { q, k, span, mask: words }) => {
          const allowed = at === "words" ? words : spanRow(span, grid, patch);
          rows[at].push(attentionRow(q, k, { at: patch, allowed }));
        },
      });
      return rows;
    },
    {
      name: "attention",
      threads,
      inputs: {
        x: { dtype: "float32", shape },
        t: { dtype: "float32", shape: [] },
        ids: { dtype: "int64", shape: [1, vocabulary.maxWords] },
        mask: { dtype: "bool", shape: [1, vocabulary.maxWords] },
        patch: { dtype: "int64", shape: [1] },
      },
    },
  );
  return {
    size,
    async look({ prompt, clip, time, seed, patch }) {
      const each = size.frames * model.channels * size.height * size.width;
      if (!Number.isInteger(patch) || patch < 0 || patch >= count)
        throw new ArgumentError("patch", patch, `a whole number from 0 to ${count - 1}`);
      if (!(time >= 0 && time <= 1)) throw new ArgumentError("time", time, "a number from 0 (the clip) to 1 (noise)");
      if (clip.length !== each) throw new ArgumentError("clip", clip.length, `a clip of ${each} values`);
      const { ids, mask } = vocabulary.encode(prompt);
      const rng = new Rng(seed);
      const entered = await space.enter(clip, size);
      const noisy = entered.map((x) => (1 - time) * x + time * rng.normal());
      const rows = await program({
        x: value(noisy, shape),
        t: value([time], []),
        ids: value(ids, [1, vocabulary.maxWords], "int64"),
        mask: value(mask, [1, vocabulary.maxWords], "bool"),
        patch: value([patch], [1], "int64"),
      });
      const words = rows.words.map((row) => floats(row));
      return {
        grid,
        patches: rows.patches.map((row) => floats(row).slice()),
        words: ids.flatMap((id, i) =>
          mask[i] ? [{ word: vocabulary.words[id]!, shares: words.map((row) => row[i]!) }] : [],
        ),
      };
    },
    async close() {
      await program.close();
      await space.close();
    },
  };
}

/** softmax(q·kᵀ/√d) of one query, averaged over heads: [S]. */
function attentionRow(q: Tensor, k: Tensor, { at, allowed }: { at: Tensor; allowed?: Tensor }): Tensor {
  const [, , S, d] = k.shape as [number, number, number, number];
  const scores = mul(matmul(gather(q, at, { axis: 2 }), k, { transposeB: true }), d ** -0.5); // [1, H, 1, S]
  const shares = softmax(allowed ? where(allowed, scores, -1e30) : scores, { axis: -1 });
  return reshape(reduceMean(shares, { axes: [1] }), [S]);
}

/** Which patches this one may look at, [1, 1, 1, T]: those of its frame, or those of its place; undefined for all. */
function spanRow(span: AttentionSpan, [frames, rows, columns]: PatchGrid, patch: Tensor): Tensor | undefined {
  if (span === "full") return undefined;
  const T = frames * rows * columns;
  const group = (token: number) => (span === "frame" ? Math.floor(token / (rows * columns)) : token % (rows * columns));
  const groups = constant({ dtype: "int64", shape: [T], data: Array.from({ length: T }, (_, token) => group(token)) });
  return reshape(equal(groups, gather(groups, patch)), [1, 1, 1, T]);
}
