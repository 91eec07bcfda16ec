import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { commands, isGroup } from "./commands/index.ts";
import { parseCommandLine } from "./program.ts";
import { cliReference } from "./reference.ts";

const silent = { stdout: () => {}, stderr: () => {} };
const all = commands.flatMap((entry) => (isGroup(entry) ? entry.commands : [entry]));

test("docs/cli.md is what the definitions say; `npm run docs` writes it", () => {
  expect(readFileSync(join(import.meta.dirname, "../../../docs/cli.md"), "utf8")).toBe(cliReference());
});

test.each(all.flatMap(({ examples }) => examples.map(([line]) => [line])))(
  "the example `loam %s` is understood",
  (line) => {
    const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c!);
    expect(parseCommandLine(words, silent)).toHaveProperty("invocation");
  },
);

test("values reach the command as they were meant", () => {
  const parsed = parseCommandLine(
    ["search", "a b", "--k", "3", "--document", "x", "--document", "y", "--json"],
    silent,
  );
  expect(parsed).toMatchObject({
    invocation: {
      path: "search",
      json: true,
      values: { query: "a b", k: 3, document: ["x", "y"], mode: "hybrid", json: true },
    },
  });
});

test("a flag that says no", () => {
  expect(parseCommandLine(["studio", "--no-open"], silent)).toMatchObject({ invocation: { values: { noOpen: true } } });
  expect(parseCommandLine(["studio"], silent)).toMatchObject({ invocation: { values: { noOpen: false } } });
});

test("a group with a default runs it, one without shows its help", () => {
  expect(parseCommandLine(["models"], silent)).toMatchObject({ invocation: { path: "models roles" } });
  let shown = "";
  expect(parseCommandLine(["library"], { stdout: silent.stdout, stderr: (text) => (shown += text) })).toEqual({
    exitCode: 2,
  });
  expect(shown).toContain("library [options] [command]");
});
