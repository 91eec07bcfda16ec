import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tinyChatModel } from "@loam/models/testing";
import { afterAll, expect, test } from "vitest";

const folder = mkdtempSync(join(tmpdir(), "loam-example-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test("the example writes rows in both forms, trains on them, and reports before and after", () => {
  const script = join(import.meta.dirname, "function-calling.ts");
  const options = ["--rows", "6", "--tests", "1", "--steps", "2", "--folder", folder];
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, tinyChatModel(), ...options], {
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  expect(stdout).toContain("6 rows with `functions`, all of them sound");
  expect(stdout.match(/with the definition, constrained: \d+% right, for example <tool_call>/g)).toHaveLength(2);
  expect(stdout.match(/without the definition: \d+% right/g)).toHaveLength(2);
  const legacy = JSON.parse(readFileSync(join(folder, "functions.jsonl"), "utf8").split("\n")[0]!);
  expect(legacy.functions[0].name).toBe("write_leave_letter");
  const adapter = join(folder, "adapter/adapter_model.safetensors");
  expect(statSync(adapter).size).toBeGreaterThan(1000);
});
