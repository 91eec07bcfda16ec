import { readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { type Node, parseSync } from "oxc-parser";
import { table } from "./fields.ts";
import { sources, walk } from "./sources.ts";

const packages = join(import.meta.dirname, "../../packages");

interface Raised {
  code: string;
  message: string;
  hint: string;
  from: string;
}

/** Codes of errors that are made with a code of their own, and one message of each as an example. */
export function errorTable(): string {
  const byCode = new Map<string, Raised[]>();
  for (const path of sources())
    for (const raised of raisedIn(path)) byCode.set(raised.code, [...(byCode.get(raised.code) ?? []), raised]);
  const rows = [...byCode.values()].map((all): [string, string, string, string] => {
    const { code, message, hint } = all.find((one) => one.hint !== "") ?? all[0]!;
    return [`\`${code}\``, [...new Set(all.map(({ from }) => from))].join(", "), message, hint];
  });
  return table(
    ["code", "package", "for example", "what to do"],
    rows.sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function raisedIn(path: string): Raised[] {
  const found: Raised[] = [];
  walk(parseSync(path, readFileSync(path, "utf8")).program, (node) => {
    if (node.type !== "NewExpression") return true;
    const { callee, arguments: given } = node;
    const [code, message, options] = given as Node[];
    if (callee.type === "Identifier" && /^(Input|Loam)Error$/.test(callee.name) && code?.type === "Literal")
      found.push({
        code: String(code.value),
        message: spoken(message),
        hint: hintOf(options),
        from: relative(packages, path).split("/")[0]!,
      });
    return true;
  });
  return found;
}

/** A text as it is read; what is put into it stands as `…`. */
function spoken(node: Node | undefined): string {
  if (node?.type === "Literal") return String(node.value);
  if (node?.type !== "TemplateLiteral") return "";
  return node.quasis
    .map(({ value }) => value.cooked ?? "")
    .join("…")
    .replace(/`…`/g, "…");
}

function hintOf(options: Node | undefined): string {
  if (options?.type !== "ObjectExpression") return "";
  const hint = options.properties.find(
    (property) => property.type === "Property" && property.key.type === "Identifier" && property.key.name === "hint",
  );
  return hint?.type === "Property" ? spoken(hint.value) : "";
}
