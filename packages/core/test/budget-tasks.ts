import { InputError } from "../src/index.ts";

/** Tasks for the test of budgets. */
export const double = (n: number) => 2 * n;
export const spin = () => {
  for (;;);
};
export const hoard = () => {
  const kept: string[][] = [];
  for (;;) kept.push(Array.from({ length: 100_000 }, (_, i) => `${i} ${kept.length}`));
};
export const hoardBuffers = async () => {
  const kept: Uint8Array[] = [];
  for (;;) {
    kept.push(new Uint8Array(16 * 2 ** 20).fill(1));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};
export const backtrack = (text: string) => /^(a+)+$/.test(text);
export const refuse = () => {
  throw new InputError("bad_text", "The text is bad.");
};
