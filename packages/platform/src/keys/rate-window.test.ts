import { expect, test } from "vitest";
import { RateWindow } from "./rate-window.ts";

test("what was used counts for a minute, and it is told when room comes", () => {
  const window = new RateWindow();
  window.add(2, 0);
  window.add(3, 10_000);
  expect(window.used(20_000)).toBe(5);
  expect(window.secondsUntil(4, 20_000)).toBe(40);
  expect(window.secondsUntil(0, 20_000)).toBe(50);
  expect(window.used(60_000)).toBe(3);
  expect(window.used(70_000)).toBe(0);
});
