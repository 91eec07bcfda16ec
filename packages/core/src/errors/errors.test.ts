import { describe, expect, test } from "vitest";
import { ArgumentError, NotFoundError, nearestName, ShapeError } from "./errors.ts";

describe("errors", () => {
  test("a message says what happened, with the value, and then what to do", () => {
    const error = new ArgumentError("k", -1, "a positive integer", "leave it out for 8");
    expect(error.message).toBe("`k` is -1; expected a positive integer. Leave it out for 8.");
    expect(error.toJSON()).toMatchObject({ code: "invalid_argument", details: { name: "k", got: -1 } });
    expect(error.exitCode).toBe(2);
  });

  test("shape errors carry both shapes", () => {
    const error = new ShapeError("matmul", {
      got: "[2, 8] × [4, 8]",
      expected: "inner axes to agree",
      hint: "transpose b",
    });
    expect(error.message).toBe("matmul: got [2, 8] × [4, 8]; expected inner axes to agree. Transpose b.");
  });

  test("a misspelt name is answered with its nearest neighbour, a strange one is not", () => {
    expect(new NotFoundError("metric", "rougeX", { known: ["rouge1", "bleu"] }).message).toContain(
      'Did you mean "rouge1"?',
    );
    expect(nearestName("quicksort", ["rouge1", "bleu"])).toBeUndefined();
  });
});
