import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { tuneFolder } from "../../../test/tune-folder.ts";
import { tune } from "../tune.ts";

const { folder, recipe, lossesIn } = tuneFolder();

/** A file system of two megabytes, where this user may mount one. */
const small = join(folder, "small");
mkdirSync(small);
const isMounted = (() => {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", small], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();
afterAll(() => {
  if (isMounted) execFileSync("umount", [small]);
});

/** Writes a file that leaves only so much room. */
function fillBut(freeBytes: number): string {
  const { bavail, bsize } = statfsSync(small);
  const path = join(small, "filler");
  writeFileSync(path, new Uint8Array(bavail * bsize - freeBytes));
  return path;
}

describe.skipIf(!isMounted)("a full disk (needs the right to mount)", () => {
  test("is told with path, what was free and what to do; the last good checkpoint stays and the run goes on from it", async () => {
    const options = { checkpoint_every_steps: 3, keep_checkpoints: 2 };
    await tune(recipe("unfilled", options));
    const output = join(small, "adapter");
    const on = (extra = {}) => ({ ...recipe("x", options), ...extra, output });
    const failing = tune(on(), {
      recorder: {
        metrics: (step) => {
          if (step === 4) fillBut(100_000);
        },
      },
    });
    await expect(failing).rejects.toThrow(
      /^disk: the checkpoint of step 6 could not be written to \S+step-6: no space is left \([\d.]+ kB free, about [\d.]+ kB wanted\)\. Make room there, then start the same recipe again/,
    );
    expect(readdirSync(join(output, "checkpoints"))).toEqual(["step-3"]);
    writeFileSync(join(small, "filler"), "");
    const again = await tune(on());
    expect(again.resumedFrom).toBe(3);
    const losses = readFileSync(join(output, "metrics.jsonl"), "utf8").match(/"train\/loss":[\d.]+/g);
    const expected = readFileSync(join(folder, "unfilled/metrics.jsonl"), "utf8").match(/"train\/loss":[\d.]+/g);
    expect(losses).toEqual(expected);
    expect(existsSync(join(output, "adapter_config.json"))).toBe(true);
  });
});

describe("a damaged checkpoint", () => {
  const flip = (path: string, at: number) => {
    const bytes = readFileSync(path);
    bytes[at < 0 ? bytes.length + at : at]! ^= 1;
    writeFileSync(path, bytes);
  };
  test.each<[string, (checkpoint: string) => void, RegExp]>([
    [
      "one bit of a tensor",
      (at) => flip(join(at, "state.safetensors"), -5000),
      /state\.safetensors is damaged: its SHA-256/,
    ],
    ["one bit of the state", (at) => flip(join(at, "state.json"), 10), /state\.json is damaged/],
    ["a cut tensor file", (at) => writeFileSync(join(at, "state.safetensors"), "x"), /state\.safetensors is damaged/],
    ["no sums", (at) => writeFileSync(join(at, "SHA256SUMS"), ""), /step-6 is left out: .*SHA256SUMS/],
  ])("%s: it says so and goes on from the one before", async (label, damage, message) => {
    const name = label.replaceAll(" ", "-");
    await tune(recipe(name, { max_steps: 6 }));
    const losses = lossesIn(name);
    damage(join(folder, name, "checkpoints/step-6"));
    const heard: string[] = [];
    const again = await tune(recipe(name, { max_steps: 6 }), {
      onProgress: ({ message }) => heard.push(message ?? ""),
    });
    expect(again.resumedFrom).toBe(3);
    expect(heard.join("\n")).toMatch(message);
    expect(lossesIn(name)).toEqual(losses);
  });
});
