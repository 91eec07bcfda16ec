import { describe, expect, test } from "vitest";
import { ropeInverseFrequencies } from "./rope-config.ts";

describe("rope frequencies", () => {
  const plain = ropeInverseFrequencies({ rope_theta: 10_000 }, 8);

  test("are θ^(-2i/D), in either layout of the config", () => {
    expect(plain).toEqual([1, 0.1, 0.01, 0.001].map((x) => expect.closeTo(x, 12)));
    expect(ropeInverseFrequencies({ rope_parameters: { rope_theta: 10_000, rope_type: "default" } }, 8)).toEqual(plain);
  });

  test("linear scaling divides all; factors divide each by its own", () => {
    expect(ropeInverseFrequencies({ rope_scaling: { type: "linear", factor: 4 } }, 8)).toEqual(plain.map((x) => x / 4));
    const factors = [1, 1, 2, 8];
    expect(ropeInverseFrequencies({ rope_scaling: { rope_type: "factors", factors } }, 8)).toEqual(
      plain.map((x, i) => x / factors[i]!),
    );
  });

  test("Llama 3's scaling keeps short waves and stretches long ones", () => {
    const scaling = {
      rope_type: "llama3",
      factor: 8,
      low_freq_factor: 1,
      high_freq_factor: 4,
      original_max_position_embeddings: 64,
    };
    const scaled = ropeInverseFrequencies({ rope_scaling: scaling }, 8);
    expect(scaled[0]).toBe(plain[0]);
    expect(scaled[3]).toBe(plain[3]! / 8);
    expect(scaled[1]! / plain[1]!).toBeLessThanOrEqual(1);
  });

  test("another kind is refused by name", () => {
    expect(() => ropeInverseFrequencies({ rope_scaling: { rope_type: "yarn", factor: 2 } }, 8)).toThrow(
      'rope type "yarn" is not known',
    );
  });
});
