import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tinyChatModel } from "@loam/models/testing";
import { afterAll, beforeAll, expect, test } from "vitest";

/**
 * The packages as a stranger gets them: compiled, packed, and installed with npm into an empty project outside the
 * repository. `LOAM_TEST_NODE` names another Node to run them on.
 */
const root = join(import.meta.dirname, "..");
const out = join(root, "build-test");
const project = mkdtempSync(join(tmpdir(), "loam-published-"));
const installed = join(project, "node_modules");
const node = process.env.LOAM_TEST_NODE ?? process.execPath;
const env = { PATH: process.env.PATH, HOME: project };

beforeAll(() => {
  execFileSync(process.execPath, ["scripts/build.ts", "--out", "build-test", "--no-studio", "--pack", "--here"], {
    cwd: root,
    stdio: "pipe",
  });
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }));
  const tarballs = readdirSync(join(out, "tarballs")).map((name) => join(out, "tarballs", name));
  execFileSync("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund", ...tarballs], {
    cwd: project,
    stdio: "pipe",
    timeout: 180_000,
  });
});

afterAll(() => {
  rmSync(out, { recursive: true, force: true });
  for (const folder of [project, `${project}-node`]) rmSync(folder, { recursive: true, force: true });
});

test("nothing that is installed runs a script of its own, and all of it takes at most 300 MB", () => {
  const lock = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8")) as {
    packages: Record<string, { hasInstallScript?: boolean }>;
  };
  expect(
    Object.entries(lock.packages).flatMap(([name, { hasInstallScript }]) => (hasInstallScript ? [name] : [])),
  ).toEqual([]);
  expect(bytesOnDisk(installed) / 2 ** 20).toBeLessThanOrEqual(300);
});

test("no TypeScript and no test is published", () => {
  const files = readdirSync(join(installed, "@loam"), { recursive: true, encoding: "utf8" });
  expect(files.filter((path) => (path.endsWith(".ts") && !path.endsWith(".d.ts")) || path.includes(".test."))).toEqual(
    [],
  );
});

test.each([process.version, "v22"])("every package can be imported by its name on Node %s", (version) => {
  const names = readdirSync(join(installed, "@loam")).filter((name) => !name.startsWith("onnxruntime-"));
  const libraries = names.filter((name) => name !== "studio"); // files for a browser
  const script = `
    for (const name of ${JSON.stringify(libraries)}) {
      const exported = Object.keys(await import("@loam/" + name)).length;
      console.log(name, exported > 0);
    }
    process.exit(0);`;
  const runtime = version === process.version ? node : installNode(version);
  const { status, stdout, stderr } = spawnSync(runtime, ["--input-type=module", "-e", script], {
    cwd: project,
    env,
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  expect(stdout.trim().split("\n")).toEqual(libraries.map((name) => `${name} true`));
});

/** The newest Node of a major version, from the npm registry, beside the project. Returns its path. */
function installNode(version: string): string {
  const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  const folder = `${project}-node`;
  mkdirSync(folder);
  execFileSync("npm", ["install", "--prefix", folder, "--no-audit", "--no-fund", `${name}@${version.slice(1)}`], {
    cwd: folder,
    stdio: "pipe",
    timeout: 180_000,
  });
  return join(folder, "node_modules", name, "bin/node");
}

test("the example in each package's README prints what it says, run by an empty project", () => {
  const folder = join(project, "examples");
  mkdirSync(folder);
  cpSync(join(root, "packages/pdf/sample/loam-sample.pdf"), join(folder, "paper.pdf"));
  const expected: [name: string, lines: string[]][] = [];
  for (const name of readdirSync(join(installed, "@loam")).filter((name) => !name.startsWith("onnxruntime-"))) {
    const [, program] =
      /```js\n([\s\S]*?)```/.exec(readFileSync(join(installed, "@loam", name, "README.md"), "utf8")) ?? [];
    if (program === undefined) continue;
    writeFileSync(join(folder, `${name}.mjs`), program);
    // What is printed stands behind the call, or on lines of its own below it.
    const lines = program.split("\n").flatMap((line) => /(?:console\.log\(.*\);|^) ?\/\/ (.*)$/.exec(line)?.[1] ?? []);
    expected.push([name, lines]);
  }
  const script = `
    const printed = [];
    console.log = (...values) => printed.push(values.join(" "));
    for (const name of ${JSON.stringify(expected.map(([name]) => name))}) {
      await import(\`./\${name}.mjs\`);
      process.stdout.write(JSON.stringify([name, printed.splice(0)]) + "\\n");
    }
    process.exit(0);`;
  writeFileSync(join(folder, "all.mjs"), script);
  const { stdout, stderr } = spawnSync(node, ["all.mjs"], { cwd: folder, env, encoding: "utf8" });
  const printed = stdout.trim().split("\n");
  expect(
    printed.map((line) => JSON.parse(line)),
    stderr,
  ).toEqual(expected);
  expect(expected.length).toBeGreaterThanOrEqual(15);
});

test("the published command line answers from the sample paper, a figure included", () => {
  const paper = join(root, "packages/pdf/sample/loam-sample.pdf");
  const question = "How many earthworms did the bare bed have in spring?";
  const { status, stdout, stderr } = spawnSync(
    node,
    [join(installed, ".bin/loam"), "ask", paper, question, "--json", "--home", join(project, "home")],
    { cwd: project, env, encoding: "utf8" },
  );
  expect(status, stderr).toBe(0);
  const answer = JSON.parse(stdout) as { mode: string; sentences: { citations: { page: number; kind: string }[] }[] };
  expect(answer.mode).toBe("extractive");
  expect(answer.sentences[0]!.citations[0]).toMatchObject({ page: 2, kind: "figure" });
});

test("libraries that a module carries inside it work: a workbook is read, a clip written, a span kept", () => {
  const loam = (...args: string[]) =>
    spawnSync(node, [join(installed, ".bin/loam"), ...args, "--home", join(project, "home")], {
      cwd: project,
      env,
      encoding: "utf8",
    });
  const { stderr } = loam("score", join(root, "packages/core/test/workbook.xlsx"), "--metric", "rouge1");
  expect(stderr).toContain("this row has title, year, read, note");
  const clip = join(project, "clip.mp4");
  const made = loam("video", "generate", "a 3 moving left", "--steps", "2", "--out", clip);
  expect(made.status, made.stderr).toBe(0);
  expect(readFileSync(clip).subarray(4, 8).toString()).toBe("ftyp");
  const script = `
    import { startTracing, traceable } from "@loam/observe";
    import { openStore } from "@loam/store";
    const store = await openStore({ home: ${JSON.stringify(join(project, "spans"))} });
    const tracing = await startTracing({ store });
    await traceable(async (x) => x + 1, { name: "increment" })(1);
    await tracing.stop();
    const { rows } = await store.db.execute("select name from spans");
    console.log(JSON.stringify(rows));
    await store.close();`;
  const traced = spawnSync(node, ["--input-type=module", "-e", script], { cwd: project, env, encoding: "utf8" });
  expect(traced.stdout, traced.stderr).toBe(`[{"name":"increment"}]\n`);
});

test("a bundle of Loam, Node and a model chats and answers with the network off", () => {
  const cache = join(project, "cache");
  const folder = join(cache, "hub/models--owner--tiny/snapshots/main");
  cpSync(tinyChatModel(), folder, { recursive: true });
  const bundle = join(project, "carry");
  const loam = [join(installed, ".bin/loam"), "bundle", bundle, "--models", "owner/tiny"];
  const made = spawnSync(node, loam, { cwd: project, env: { ...env, HF_HOME: cache }, encoding: "utf8" });
  expect(made.status, made.stderr).toBe(0);
  rmSync(cache, { recursive: true });
  // A network namespace of its own has no way out, not even to this machine.
  const cutOff = spawnSync("unshare", ["-rn", "true"]).status === 0 ? ["unshare", "-rn"] : ["env"];
  const away = (...args: string[]) => {
    const all = [...cutOff, join(bundle, "loam"), ...args, "--home", join(project, "away"), "--json"];
    const { status, stdout, stderr } = spawnSync(all[0]!, all.slice(1), { cwd: project, env, encoding: "utf8" });
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout) as Record<string, unknown>;
  };
  expect(away("chat", "owner/tiny", "Hi", "--max-tokens", "4")).toMatchObject({ model: "local:owner/tiny" });
  const answer = away(
    "ask",
    join(root, "packages/pdf/sample/loam-sample.pdf"),
    "How many earthworms were in the bare bed?",
  );
  expect(answer.mode).toBe("extractive");
  const refused = spawnSync(join(bundle, "loam"), ["models", "pull", "owner/other"], {
    cwd: project,
    env,
    encoding: "utf8",
  });
  expect(refused.stderr).toContain("HF_HUB_OFFLINE");
  expect(refused.status).toBe(4);
});

/** What the files under a folder take, in whole blocks as a file system gives them out. */
function bytesOnDisk(folder: string): number {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).reduce((sum, path) => {
    const { blocks } = statSync(join(folder, path), { throwIfNoEntry: false }) ?? { blocks: 0 };
    return sum + blocks * 512;
  }, 0);
}
