import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { AutoModelForCausalLM, env, Tensor } from "@huggingface/transformers";
import { floats } from "@loam/graph";
import { type DecoderModel, forward, openModel } from "@loam/models";
import { afterAll, expect, test } from "vitest";
import { goldenPath } from "../../test/golden.ts";
import { openAdapter } from "../running/adapted-generator.ts";
import { exportAdaptedOnnx } from "./merged-onnx.ts";

env.allowRemoteModels = false;
const folder = mkdtempSync(join(tmpdir(), "loam-onnx-lora-"));
afterAll(() => rmSync(folder, { recursive: true }));
const base = goldenPath("models/qwen2")!;
const ids = [5, 17, 93, 31, 8, 99, 50, 3, 3, 77, 41, 12];

test.each(["lora_qv", "ia3", "double_seq_bn"])("transformers.js computes %s as we do", async (name) => {
  const adapter = goldenPath(`peft/${name}/adapter`)!;
  const { path } = await exportAdaptedOnnx(base, adapter, { outDir: join(folder, name) });
  env.localModelPath = dirname(path);
  const peer = await AutoModelForCausalLM.from_pretrained(basename(path), { dtype: "fp32", device: "cpu" });
  const { logits } = await peer({
    input_ids: new Tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]),
    attention_mask: new Tensor("int64", new BigInt64Array(ids.length).fill(1n), [1, ids.length]),
  });
  await peer.dispose();
  const model = (await openModel(base)) as DecoderModel;
  const { hooks, parameters } = await openAdapter(adapter, model);
  const ours = floats((await forward(model, { inputIds: [ids] }, { threads: 1, hooks, parameters })).logits!);
  expect(ours.reduce((most, x, i) => Math.max(most, Math.abs(x - logits.data[i])), 0)).toBeLessThan(1e-4);
});

test("a learned prefix is refused, saying why", async () => {
  const adapter = goldenPath("peft/prefix_tuning_projection/adapter")!;
  await expect(exportAdaptedOnnx(base, adapter, { outDir: join(folder, "no") })).rejects.toThrow(
    "PREFIX_TUNING adapters put learned tokens before the text; transformers.js has no input for them.",
  );
});
