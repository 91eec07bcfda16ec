import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { add, compile, crossEntropy, floats, mul, reshape, slice, type Tensor, value, valueAndGrad } from "@loam/graph";
import { describe, expect, test } from "vitest";
import { goldenFolder } from "../../test/golden.ts";
import { readGolden, relativeError } from "../../test/tensors.ts";
import { readTensor, resolveTensorName } from "../checkpoints/checkpoint.ts";
import { forward, positionsOf } from "../model/forward.ts";
import { type DecoderModel, openModel } from "../model/model.ts";
import { type ModuleHooks, Modules, type Parameters } from "./modules.ts";

const folder = goldenFolder("models");
const facts = (name: string) => JSON.parse(readFileSync(join(folder, name, "golden.json"), "utf8"));
const names = readdirSync(folder).filter((name) => existsSync(join(folder, name, "golden.json")) && facts(name).right);

describe.each(names)("training %s", (name) => {
  test("loss and gradients of every parameter equal those of PyTorch", async () => {
    const model = (await openModel(join(folder, name))) as DecoderModel;
    const { architecture, config, checkpoint } = model;
    const golden = await readGolden(join(folder, name, "golden.safetensors"));
    const shapes = architecture.parameters(config);
    const [batch, length] = golden.shape("right/input_ids") as [number, number];
    const matrix = { dtype: "int64", shape: [batch, length] } as const;
    const program = await compile(
      ({
        params,
        ids,
        mask,
        positions,
        labels,
      }: {
        params: Record<string, Tensor>;
        ids: Tensor;
        mask: Tensor;
        positions: Tensor;
        labels: Tensor;
      }) =>
        valueAndGrad((trained: Record<string, Tensor>) => {
          const parameters: Parameters = { has: (key) => key in trained, get: (key) => trained[key]! };
          const modules = new Modules(parameters);
          const embeddings = architecture.embed(modules, config, ids, positions);
          const { hiddenStates } = architecture.forward(modules, config, { embeddings, positions, mask });
          const predicted = slice(architecture.logits(modules, config, hiddenStates.at(-1)!), {
            axes: [1],
            starts: [0],
            ends: [length - 1],
          });
          const wanted = slice(labels, { axes: [1], starts: [1], ends: [length] });
          return crossEntropy(reshape(predicted, [-1, config.vocabSize]), reshape(wanted, [-1]));
        })(params) as never,
      {
        inputs: {
          params: Object.fromEntries(
            Object.entries(shapes).map(([key, shape]) => [key, { dtype: "float32" as const, shape }]),
          ),
          ids: matrix,
          mask: { dtype: "bool", shape: [batch, length] },
          positions: matrix,
          labels: matrix,
        },
      },
    );
    const params: Record<string, ReturnType<typeof value>> = {};
    for (const [key, shape] of Object.entries(shapes)) {
      params[key] = value(await readTensor(checkpoint, resolveTensorName(checkpoint, architecture, key)!), shape);
    }
    const inputIds = golden.rows("right/input_ids");
    const attentionMask = golden.rows("right/attention_mask");
    const whole = (rows: number[][]) => value(BigInt64Array.from(rows.flat(), BigInt), [batch, length]);
    const result = (await program({
      params,
      ids: whole(inputIds),
      mask: value(Uint8Array.from(attentionMask.flat()), [batch, length], "bool"),
      positions: whole(
        golden.has("right/position_ids") ? golden.rows("right/position_ids") : positionsOf({ inputIds, attentionMask }),
      ),
      labels: whole(golden.rows("right/labels")),
    })) as unknown as { value: ReturnType<typeof value>; grads: Record<string, ReturnType<typeof value>> };
    const { loss_mean, grad_norms } = facts(name).right;
    expect(Math.abs(floats(result.value)[0]! - loss_mean) / loss_mean).toBeLessThan(1e-5);
    for (const [key, norm] of Object.entries(grad_norms as Record<string, number>)) {
      const found = Math.sqrt(floats(result.grads[key]!).reduce((sum, g) => sum + g * g, 0));
      expect(Math.abs(found - norm), key).toBeLessThan(1e-4 * norm + 1e-6);
    }
    for (const key of golden.names.filter((key) => key.startsWith("grad/"))) {
      expect(
        relativeError(floats(result.grads[key.slice("grad/".length)]!), golden.floats(key), [true], 1),
        key,
      ).toBeLessThan(1e-4);
    }
    await program.close();
  });

  test("hooks see every linear layer and residual by its Hugging Face path and can replace them", async () => {
    const model = (await openModel(join(folder, name))) as DecoderModel;
    const inputs = { inputIds: [[5, 17, 99]] };
    const linear: string[] = [];
    const residual: string[] = [];
    const watching: ModuleHooks = {
      linear: (path, x, base) => {
        linear.push(path);
        return base(x);
      },
      residual: ({ path }, join) => {
        residual.push(path);
        return join();
      },
    };
    const plain = floats((await forward(model, inputs)).logits!);
    const watched = floats((await forward(model, inputs, { hooks: watching })).logits!);
    expect(watched).toEqual(plain);
    const stored = Object.keys(model.architecture.parameters(model.config));
    const isLinear = (key: string) => /(_proj|c_attn|c_proj|c_fc)\.weight$/.test(key);
    expect(new Set(linear)).toEqual(
      new Set([...stored.filter(isLinear).map((key) => key.slice(0, -".weight".length)), "lm_head"]),
    );
    expect(residual).toHaveLength(2 * model.config.layers);
    const doubled = await forward(model, inputs, {
      hooks: { linear: (path, x, base) => (path === "lm_head" ? mul(base(x), 2) : base(x)) },
    });
    expect(
      relativeError(
        floats(doubled.logits!),
        plain.map((x) => 2 * x),
        [true],
        1,
      ),
    ).toBeLessThan(1e-6);
    const shifted = await forward(model, inputs, {
      hooks: { residual: ({ stream, output }) => add(stream, mul(output, 0)) },
    });
    expect(relativeError(floats(shifted.hiddenStates.at(1)!), floats(shifted.hiddenStates[0]!), [true], 1)).toBe(0);
  });
});
