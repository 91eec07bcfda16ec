import { spawnSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "loam-example-"));
copyFileSync(join(root, "packages", "pdf", "sample", "loam-sample.pdf"), join(folder, "paper.pdf"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(script: string, ...args: string[]) {
  const env = { ...process.env, LOAM_HOME: join(folder, "home"), DATABASE_URL: "", BLOB_URL: "" };
  return spawnSync(process.execPath, [script, ...args], { cwd: folder, encoding: "utf8", env });
}

test("the example answers from the sample paper, with page and box", () => {
  const script = join(import.meta.dirname, "ask-pdf.ts");
  const { status, stdout, stderr } = run(script, "paper.pdf", "How deep were the capacitance probes placed?");
  expect(stderr).toContain("page 1 of ");
  expect(stdout).toContain("12 cm");
  expect(stdout).toMatch(/text on page 1, box [\d,]+/);
  expect(status).toBe(0);
});

test("the program in docs/ask.md runs as it is printed", () => {
  const [, program] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, "docs", "ask.md"), "utf8"))!;
  // Beside the examples, so that it finds the packages.
  const script = join(import.meta.dirname, "docs-program.tmp.ts");
  writeFileSync(script, `${program}\nprocess.exit(0);\n`);
  try {
    const { status, stdout, stderr } = run(script);
    expect(stderr).not.toMatch(/error/i);
    expect(stdout).toContain("12 cm");
    expect(status).toBe(0);
  } finally {
    rmSync(script);
  }
});
