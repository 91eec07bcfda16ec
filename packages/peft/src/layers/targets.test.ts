import { describe, expect, test } from "vitest";
import { matchTargets, patternValue } from "./targets.ts";

const modules = [0, 1]
  .flatMap((layer) =>
    ["self_attn.q_proj", "self_attn.v_proj", "mlp.down_proj"].map((name) => `model.layers.${layer}.${name}`),
  )
  .concat("lm_head");

describe("matchTargets", () => {
  test("names match whole last parts", () => {
    expect(matchTargets(modules, { targetModules: ["q_proj"] })).toEqual([
      "model.layers.0.self_attn.q_proj",
      "model.layers.1.self_attn.q_proj",
    ]);
    expect(() => matchTargets(modules, { targetModules: ["_proj"] })).toThrow("match none of the 7 linear layers");
  });

  test("one string is a regular expression for the whole path", () => {
    expect(matchTargets(modules, { targetModules: ".*\\.1\\..*(q|v)_proj" })).toEqual([
      "model.layers.1.self_attn.q_proj",
      "model.layers.1.self_attn.v_proj",
    ]);
  });

  test("all-linear leaves the head out", () => {
    expect(matchTargets(modules, { targetModules: "all-linear" }, { outputHead: "lm_head" })).toHaveLength(6);
  });

  test("layers and exclusions narrow the choice", () => {
    const spec = { targetModules: ["q_proj", "v_proj"], layersToTransform: [1], excludeModules: ["v_proj"] };
    expect(matchTargets(modules, spec)).toEqual(["model.layers.1.self_attn.q_proj"]);
    expect(matchTargets(modules, { ...spec, layersPattern: "layers" })).toEqual(["model.layers.1.self_attn.q_proj"]);
  });

  test("nothing matched lists what there is, with the nearest name", () => {
    expect(() => matchTargets(modules, { targetModules: ["q_porj"] })).toThrow(
      'There are q_proj, v_proj, down_proj, lm_head; did you mean "q_proj"?',
    );
  });
});

test("patterns match by suffix, the first one wins", () => {
  expect(patternValue({ "layers.1.self_attn.q_proj": 20, q_proj: 6 }, "model.layers.1.self_attn.q_proj")).toBe(20);
  expect(patternValue({ q_proj: 6 }, "model.layers.0.self_attn.q_proj")).toBe(6);
  expect(patternValue({ proj: 6 }, "model.layers.0.self_attn.q_proj")).toBeUndefined();
});
