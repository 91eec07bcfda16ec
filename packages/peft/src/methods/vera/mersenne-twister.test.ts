import { expect, test } from "vitest";
import { MersenneTwister } from "./mersenne-twister.ts";

test("the first numbers of seed 5489 are those of the original program", () => {
  const twister = new MersenneTwister(5489);
  expect([twister.uint32(), twister.uint32(), twister.uint32()]).toEqual([3_499_211_612, 581_869_302, 3_890_346_734]);
  for (let i = 3; i < 9_999; i++) twister.uint32();
  expect(twister.uint32()).toBe(4_123_659_995); // the 10,000th, as the C++ standard requires of std::mt19937
});

test("uniform numbers are those of torch.empty(…).uniform_(-1, 1) with seed 0", () => {
  const twister = new MersenneTwister(0);
  const recorded = [-0.007486820220947266, 0.5364435911178589, -0.8230451345443726, -0.7359390258789062];
  expect(recorded.map(() => twister.symmetric(1))).toEqual(recorded);
});
