import { expect, test } from "vitest";
import { answerScorers } from "./answer-scorers.ts";

test("answers are scored by ROUGE in the script of the reference", async () => {
  const { rouge1, rougeL } = (await answerScorers({ eval_generate: 4 }))!;
  expect(rouge1!("the cat sat", "sat the cat")).toBe(1);
  expect(rougeL!("the cat sat", "sat the cat")).toBeCloseTo(2 / 3, 12);
  expect(rougeL!("猫坐在垫子上", "猫坐在垫子上")).toBe(1);
  expect(rougeL!("", "the cat")).toBe(0);
});

test("a recipe that generates no answers needs no scorers", async () => {
  expect(await answerScorers({ eval_generate: 0 })).toEqual({});
});
