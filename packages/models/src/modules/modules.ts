import { add, embedding, layerNorm, linear, matmul, rmsNorm, type Tensor } from "@loam/graph";

/** Where a forward function's weights come from: frozen on disk, trained as inputs, or packed into 4 bits. */
export interface Parameters {
  has(name: string): boolean;
  /** The float32 tensor of this name. @throws {InputError} when there is none. */
  get(name: string): Tensor;
  /** x·Wᵀ for weights that are stored packed and never become one float tensor; undefined for all others. */
  packedMatmul?(name: string, x: Tensor): Tensor | undefined;
  /** True where the runtime should rearrange weights when it opens them: it multiplies by 4-bit matrices much faster so. */
  readonly rearrange?: boolean;
}

/** A point where a sub-layer's output joins the residual stream. */
export interface ResidualPoint {
  /** The sub-layer: `model.layers.0.self_attn`, `model.layers.0.mlp`. */
  path: string;
  /** [B, T, C] before the sub-layer, without its norm. */
  stream: Tensor;
  /** [B, T, C], what the sub-layer adds. */
  output: Tensor;
  /** Models that normalise what is added, before it is; `layer` asks for another layer's norm than the point's own. */
  outputNorm?: (x: Tensor, layer?: number) => Tensor;
  /** Post-norm models normalise the sum; pre-norm models leave this out. */
  norm?: (x: Tensor) => Tensor;
}

/** How adapters reach into a model without knowing its architecture. Every path is that of the Hugging Face module. */
export interface ModuleHooks {
  /** Replaces a linear layer; `base` is what it would have computed, `options` say where its weight is and how it lies. */
  linear?: (path: string, x: Tensor, base: (x: Tensor) => Tensor, options: Required<LinearOptions>) => Tensor;
  /** Replaces stream + output; `join` is what would have been computed. */
  residual?: (point: ResidualPoint, join: () => Tensor) => Tensor;
  /** Runs a whole decoder layer, for example so that its insides are computed again in the backward pass. */
  layer?: (run: (x: Tensor) => Tensor, x: Tensor) => Tensor;
  /** Replaces the embedding of ids, for prompts that are learned. */
  embedding?: (path: string, ids: Tensor, base: (ids: Tensor) => Tensor) => Tensor;
}

export interface LinearOptions {
  /** How the weight lies in the checkpoint: PyTorch's `Linear` or GPT-2's `Conv1D`. */
  layout?: "out,in" | "in,out";
  /** Another name than `path.weight`, for tied weights. */
  weight?: string;
}

/** The layers of a model by their paths: what a forward function is written in. */
export class Modules {
  readonly parameters: Parameters;
  readonly #hooks: ModuleHooks;

  constructor(parameters: Parameters, hooks: ModuleHooks = {}) {
    this.parameters = parameters;
    this.#hooks = hooks;
  }

  has(name: string): boolean {
    return this.parameters.has(name);
  }

  /** The parameter of that name, in its stored shape. */
  get(name: string): Tensor {
    return this.parameters.get(name);
  }

  /** x [..., I] → [..., O], with the bias that the checkpoint has or has not. */
  linear(path: string, x: Tensor, { layout = "out,in", weight = `${path}.weight` }: LinearOptions = {}): Tensor {
    const bias = () => (this.has(`${path}.bias`) ? this.get(`${path}.bias`) : undefined);
    const base = (input: Tensor): Tensor => {
      const packed = layout === "out,in" ? this.parameters.packedMatmul?.(weight, input) : undefined;
      const b = bias();
      if (packed) return b ? add(packed, b) : packed;
      if (layout === "out,in") return linear(input, this.get(weight), b);
      const y = matmul(input, this.get(weight));
      return b ? add(y, b) : y;
    };
    return this.#hooks.linear ? this.#hooks.linear(path, x, base, { layout, weight }) : base(x);
  }

  /** ids [...] → [..., C]. */
  embedding(path: string, ids: Tensor): Tensor {
    const base = (input: Tensor) => embedding(this.get(`${path}.weight`), input);
    return this.#hooks.embedding ? this.#hooks.embedding(path, ids, base) : base(ids);
  }

  /** x / √(mean x² + ε) · weight over the last axis (arXiv:1910.07467): [..., D] → [..., D]. */
  rmsNorm(path: string, x: Tensor, eps: number): Tensor {
    return rmsNorm(x, this.get(`${path}.weight`), { eps });
  }

  /** (x − mean) / √(variance + ε) · weight + bias over the last axis (arXiv:1607.06450): [..., D] → [..., D]. */
  layerNorm(path: string, x: Tensor, eps: number): Tensor {
    return layerNorm(x, this.get(`${path}.weight`), this.get(`${path}.bias`), { eps });
  }

  /** stream + output, normalised where the model normalises the sum. Both [B, T, D]. */
  residual(point: ResidualPoint): Tensor {
    const join = () => {
      const { stream, output, outputNorm = (x: Tensor) => x } = point;
      const sum = add(stream, outputNorm(output));
      return point.norm ? point.norm(sum) : sum;
    };
    return this.#hooks.residual ? this.#hooks.residual(point, join) : join();
  }

  /** One decoder layer: x [B, T, C] → [B, T, C]. */
  layer(x: Tensor, run: (x: Tensor) => Tensor): Tensor {
    return this.#hooks.layer ? this.#hooks.layer(run, x) : run(x);
  }
}
