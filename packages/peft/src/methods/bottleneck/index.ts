import { add, gelu, input, linear, mul, relu, sigmoid, silu, type Tensor, tanh } from "@loam/graph";
import { type Model, Modules, type ResidualPoint } from "@loam/models";
import { fieldsOf, parseConfig } from "../../layers/config.ts";
import type { AdapterMethod, TensorValue } from "../../layers/method.ts";
import { kaimingUniform, normal, zeros } from "../../numbers/initial.ts";
import { BottleneckConfig, type BottleneckOptions } from "./config.ts";

const activations = { relu, swish: silu, silu, gelu: (x: Tensor) => gelu(x, {}), tanh, sigmoid };

/**
 * Bottleneck adapters (Houlsby arXiv:1902.00751, Pfeiffer arXiv:2005.00052, parallel arXiv:2110.04366), in AdapterHub's files:
 * A(h) = s·up(σ(down(h))), down [C/ρ, C], up [C, C/ρ]. With residual stream r and sub-layer output f the stream becomes
 * - `seq_bn`: r + f + A(LN(r + f)) behind the feed-forward network (LN only where the model norms the sum),
 * - `double_seq_bn`: r + f + A(f) behind attention and feed-forward network,
 * - `par_bn`: r + f + A(r),
 * normed afterwards where the model norms the sum. Where it norms what is added instead (Gemma 3), f is the output before that
 * norm, and the norm comes after A; LN is then the *last* layer's in every layer, as in AdapterHub 1.3 (`init_bottleneck` in
 * `methods/bottleneck.py`, whose closure sees the last layer of its loop), so that its adapters give here what they give there.
 */
export const bottleneck: AdapterMethod<BottleneckConfig> = {
  type: "BOTTLENECK",
  summary: "small networks in the residual stream (Houlsby, Pfeiffer, parallel)",
  identityAtInit: false,
  fields: fieldsOf(BottleneckConfig),
  readConfig: (json) => parseConfig(BottleneckConfig, json),
  async init({ model }, config, rng) {
    const [down, up] = config.config.init_weights === "bert" ? [normal(0.02), normal(0.02)] : [kaimingUniform, zeros];
    const tensors: Record<string, TensorValue> = {};
    for (const [key, shape] of Object.entries(shapesOf(model, config))) {
      const fill = key.endsWith(".bias") ? zeros : key.includes(".adapter_down.") ? down : up;
      tensors[key] = { shape, data: fill(rng, shape) };
    }
    return tensors;
  },
  shapes: ({ model }, config) => shapesOf(model, config),
  attach: ({ model }, config, given, { dropout }) => ({
    hooks: {
      residual: (point, join) => {
        const tensors = Object.fromEntries(Object.entries(given).map(([key, tensor]) => [bare(key), tensor]));
        const key = adapterKey(point.path, config);
        if (!key || !tensors[`${key}.adapter_up.weight`]) return join();
        return adapted(point, config.config, model.config.layers, (h) => {
          const part = (name: string) => tensors[`${key}.${name}`];
          const inner = linear(
            dropout(h, config.config.dropout),
            part("adapter_down.0.weight")!,
            part("adapter_down.0.bias"),
          );
          const up = linear(
            activations[config.config.non_linearity](inner),
            part("adapter_up.weight")!,
            part("adapter_up.bias"),
          );
          return mul(up, config.config.scaling);
        });
      },
    },
  }),
  async toFile({ model }, config, tensors) {
    const about = {
      hidden_size: model.config.hiddenSize,
      model_class: (model.checkpoint.config.architectures as string[] | undefined)?.[0] ?? null,
      model_name: model.name,
      model_type: model.checkpoint.config.model_type,
      version: "adapters.1.3.0",
    };
    return { config: { ...about, ...config }, tensors };
  },
};

function shapesOf(model: Model, config: BottleneckConfig): Record<string, readonly number[]> {
  const C = model.config.hiddenSize;
  const width = Math.max(1, Math.floor(C / config.config.reduction_factor));
  const shapes: Record<string, readonly number[]> = {};
  for (const path of residualPaths(model)) {
    const key = adapterKey(path, config);
    if (!key) continue;
    shapes[`${key}.adapter_down.0.weight`] = [width, C];
    shapes[`${key}.adapter_down.0.bias`] = [width];
    shapes[`${key}.adapter_up.weight`] = [C, width];
    shapes[`${key}.adapter_up.bias`] = [C];
  }
  return shapes;
}

/** The residual stream after a sub-layer with an adapter A. */
function adapted(
  { stream: r, output: f, norm, outputNorm }: ResidualPoint,
  options: BottleneckOptions,
  layers: number,
  A: (h: Tensor) => Tensor,
): Tensor {
  const sum = add(r, f);
  const normed = norm?.(sum) ?? outputNorm?.(sum, layers - 1) ?? sum;
  const seen = options.is_parallel ? r : options.original_ln_before ? normed : f;
  if (outputNorm) return add(r, outputNorm(add(f, A(seen))));
  return norm ? norm(add(sum, A(seen))) : add(sum, A(seen));
}

/** `model.layers.0.mlp` → `model.layers.0.output_adapters.adapters.NAME`, undefined where the config puts none. */
function adapterKey(path: string, { name, config }: BottleneckConfig): string | undefined {
  const isAttention = /\.(self_attn|attn|attention\.output)$/.test(path);
  const layer = Number(/\.(\d+)\./.exec(path)?.[1]);
  if (!(isAttention ? config.mh_adapter : config.output_adapter) || config.leave_out.includes(layer)) return undefined;
  if (/\.output$/.test(path)) return `${bare(path)}.adapters.${name}`; // BERT keeps them inside the output modules
  const block = path.slice(0, path.lastIndexOf("."));
  return `${block}.${isAttention ? "attention" : "output"}_adapters.adapters.${name}`;
}

/** A path as in the bare encoder: models with heads keep it below `bert.` or `roberta.`. */
const bare = (path: string): string => path.replace(/^(bert|roberta)\./, "");

/** Every point where a sub-layer joins the residual stream, in the order of the forward pass. */
function residualPaths(model: Model): string[] {
  const paths: string[] = [];
  const modules = new Modules(model.parameters, {
    residual: (point, join) => {
      paths.push(point.path);
      return join();
    },
  });
  const ids = input({ name: "ids", dtype: "int64", shape: ["batch", "sequence"] });
  const mask = input({ name: "mask", dtype: "bool", shape: ["batch", "sequence"] });
  if (model.kind === "decoder") {
    const embeddings = model.architecture.embed(modules, model.config, ids, ids);
    model.architecture.forward(modules, model.config, { embeddings, positions: ids, mask });
  } else model.architecture.forward(modules, model.config, { ids, mask });
  return paths;
}
