import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Comment, type Node, parseSync } from "oxc-parser";
import { expect, test } from "vitest";
import { sources, walk } from "../scripts/reference/sources.ts";

const root = join(import.meta.dirname, "..");

interface Spoken {
  /** file:line and name of what is exported. */
  where: string;
  throws: boolean;
  docstring: string;
}

interface Raised {
  where: string;
  text: string;
}

const isFunction = (node: Node) => /Function|^MethodDefinition$/.test(node.type);

function read(path: string): { spoken: Spoken[]; raised: Raised[] } {
  const text = readFileSync(path, "utf8");
  const { program, comments } = parseSync(path, text);
  const place = (at: number) => `${relative(root, path)}:${text.slice(0, at).split("\n").length}`;
  const spoken: Spoken[] = [];
  const add = (name: string, start: number, body: unknown) => {
    let throws = false;
    walk(body, (node) => {
      throws ||= node.type === "ThrowStatement" && node.argument.type === "NewExpression";
      return !isFunction(node);
    });
    spoken.push({ where: `${place(start)} ${name}`, throws, docstring: docstringAt(text, comments, start) });
  };
  for (const statement of program.body) {
    if (statement.type !== "ExportNamedDeclaration") continue;
    const { declaration } = statement;
    if (declaration?.type === "FunctionDeclaration") add(declaration.id!.name, statement.start, declaration.body);
    if (declaration?.type === "ClassDeclaration")
      for (const member of declaration.body.body)
        if (member.type === "MethodDefinition" && member.kind === "method" && member.key.type === "Identifier")
          add(`${declaration.id!.name}.${member.key.name}`, member.start, member.value.body);
  }
  const raised: Raised[] = [];
  walk(program, (node) => {
    if (node.type === "ThrowStatement" && node.argument.type === "NewExpression")
      raised.push({ where: place(node.start), text: text.slice(node.argument.start, node.argument.end) });
    return true;
  });
  return { spoken, raised };
}

function docstringAt(text: string, comments: readonly Comment[], start: number): string {
  const above = comments.filter(({ type, end }) => type === "Block" && end <= start).at(-1);
  return above && /^\s*(\/\/ biome-ignore.*\s*)?$/.test(text.slice(above.end, start)) ? above.value : "";
}

/** Errors that people meet; their third argument is what was expected, or they cannot be made without saying what to do. */
const readable = /^new (Input|Unsupported|Unavailable|State|Argument|Shape|NotFound)Error\b/;
const saysMore = /^new (Argument|Shape|NotFound)Error\b|hint|expected|known|\bmust\b/;

const files = sources().map(read);

test("every exported function that throws says so", () => {
  const throwing = files.flatMap(({ spoken }) => spoken).filter(({ throws }) => throws);
  expect(throwing.length).toBeGreaterThan(300);
  expect(throwing.filter(({ docstring }) => !docstring.includes("@throws")).map(({ where }) => where)).toEqual([]);
});

test("errors say what was expected or what to do next", () => {
  const errors = files.flatMap(({ raised }) => raised).filter(({ text }) => readable.test(text));
  expect(errors.length).toBeGreaterThan(700);
  const silent = errors.filter(({ text }) => !saysMore.test(text)).map(({ where, text }) => `${where} ${text}`);
  expect(silent.length / errors.length, silent.join("\n")).toBeLessThan(0.03);
});
