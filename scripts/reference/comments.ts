import { readFileSync } from "node:fs";
import { type Comment, type Node, parseSync } from "oxc-parser";

/**
 * The docstrings of a zod schema's fields by their path, where the schema is written down as an object of fields; other
 * schemas of the same file that it names are followed.
 */
export function fieldComments(file: string, name: string): Map<string, string> {
  const text = readFileSync(file, "utf8");
  const { program, comments } = parseSync(file, text);
  const constants = new Map<string, Node>();
  for (const statement of program.body) {
    const declaration = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    if (declaration?.type !== "VariableDeclaration") continue;
    for (const { id, init } of declaration.declarations)
      if (id.type === "Identifier" && init) constants.set(id.name, init);
  }
  const found = new Map<string, string>();
  const visit = (node: Node | null | undefined, above: string): void => {
    if (node?.type === "Identifier" && constants.has(node.name)) visit(constants.get(node.name), above);
    else if (node?.type === "ArrayExpression") for (const element of node.elements) visit(element as Node, above);
    else if (node?.type === "MemberExpression") visit(node.object, above);
    else if (node?.type === "CallExpression") {
      visit(node.callee, above);
      for (const argument of node.arguments) visit(argument as Node, above);
    } else if (node?.type === "ObjectExpression")
      for (const property of node.properties) {
        if (property.type !== "Property" || property.key.type !== "Identifier") continue;
        const path = above + property.key.name;
        const comment = commentAbove(text, comments, property.start);
        if (comment && !found.has(path)) found.set(path, comment);
        visit(property.value, `${path}.`);
      }
  };
  visit(constants.get(name), "");
  return found;
}

/** The text of the docstring that stands right above a place. */
function commentAbove(text: string, comments: readonly Comment[], start: number): string {
  const above = comments.filter(({ type, end }) => type === "Block" && end <= start).at(-1);
  if (!above || text.slice(above.end, start).trim() !== "") return "";
  return above.value
    .replace(/^\s*\*+ ?/gm, "")
    .replace(/\s+/g, " ")
    .trim();
}
