import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

/** The packages as npm would install them: compiled, with manifests that point at `dist/`. Others come from the repository. */
const root = join(import.meta.dirname, "..");
const out = join(root, "build-test");
const installed = join(out, "installed/node_modules");
const home = mkdtempSync(join(tmpdir(), "loam-published-"));

beforeAll(() => {
  execFileSync(process.execPath, ["scripts/build.ts", "--out", "build-test", "--no-studio"], {
    cwd: root,
    stdio: "pipe",
  });
  mkdirSync(installed, { recursive: true });
  for (const folder of readdirSync(join(out, "publish"))) {
    const source = join(out, "publish", folder);
    const { name } = JSON.parse(readFileSync(join(source, "package.json"), "utf8")) as { name: string };
    cpSync(source, join(installed, name), { recursive: true });
  }
});

afterAll(() => {
  rmSync(out, { recursive: true, force: true });
  rmSync(home, { recursive: true, force: true });
});

test("no TypeScript and no test is published", () => {
  const files = readdirSync(installed, { recursive: true, encoding: "utf8" });
  expect(files.filter((path) => (path.endsWith(".ts") && !path.endsWith(".d.ts")) || path.includes(".test."))).toEqual(
    [],
  );
});

test("the published command line answers from the sample paper, a figure included", () => {
  const paper = join(root, "packages/rag/sample/loam-sample.pdf");
  const question = "How many earthworms did the bare bed have in spring?";
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(installed, "@loam/cli/bin/loam.js"), "ask", paper, question, "--json", "--home", home],
    { encoding: "utf8", env: { PATH: process.env.PATH, HOME: home } },
  );
  expect(status, stderr).toBe(0);
  const answer = JSON.parse(stdout) as { mode: string; sentences: { citations: { page: number; kind: string }[] }[] };
  expect(answer.mode).toBe("extractive");
  expect(answer.sentences[0]!.citations[0]).toMatchObject({ page: 2, kind: "figure" });
});
