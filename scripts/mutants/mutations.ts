import { parseSync } from "oxc-parser";

/** One small change of a source file that a test should notice. */
export interface Mutation {
  start: number;
  end: number;
  /** What stands there instead. */
  with: string;
}

interface Node {
  type: string;
  start: number;
  end: number;
  [key: string]: unknown;
}

const swapped: Record<string, string> = {
  "+": "-",
  "-": "+",
  "*": "/",
  "/": "*",
  "**": "*",
  "<": "<=",
  "<=": "<",
  ">": ">=",
  ">=": ">",
  "===": "!==",
  "!==": "===",
  "&&": "||",
  "||": "&&",
  "+=": "-=",
  "-=": "+=",
  "*=": "/=",
};

/** Of other functions' names: what is likely to be taken for each other. */
const mistaken: Record<string, string> = {
  min: "max",
  max: "min",
  floor: "ceil",
  ceil: "floor",
  some: "every",
  every: "some",
};

/**
 * The mutations of a file: an operator for its neighbour, a number for the next, a condition for its opposite, a root for
 * its square. What only words an error, and types, are left alone.
 */
export function mutationsOf(file: string, source: string): Mutation[] {
  const found: Mutation[] = [];
  const visit = (node: Node) => {
    if (/^(TS|Import|ExportAll|ThrowStatement)/.test(node.type) && !/^TS(As|NonNull|Satisfies)/.test(node.type)) return;
    found.push(...mutationsAt(node, source));
    for (const [key, value] of Object.entries(node)) {
      if (key === "typeAnnotation" || key === "typeArguments" || key === "returnType") continue;
      for (const child of Array.isArray(value) ? value : [value])
        if (child !== null && typeof child === "object" && typeof (child as Node).type === "string")
          visit(child as Node);
    }
  };
  visit(parseSync(file, source).program as unknown as Node);
  return found;
}

function mutationsAt(node: Node, source: string): Mutation[] {
  const { type, start, end } = node;
  const text = source.slice(start, end);
  if (type === "BinaryExpression" || type === "LogicalExpression" || type === "AssignmentExpression") {
    const other = swapped[node.operator as string];
    if (other === undefined) return [];
    const from = (node.left as Node).end;
    const at = source.indexOf(node.operator as string, from);
    return [{ start: at, end: at + (node.operator as string).length, with: other }];
  }
  if (type === "Literal" && typeof node.value === "number")
    return [{ start, end, with: node.value === 0 ? "1" : `(${text} + 1)` }];
  if (type === "Literal" && typeof node.value === "boolean") return [{ start, end, with: String(!node.value) }];
  if (type === "UnaryExpression" && node.operator === "!") return [{ start, end: start + 1, with: "" }];
  if (type === "ConditionalExpression") {
    const test = node.test as Node;
    return [{ start: test.start, end: test.end, with: `!(${source.slice(test.start, test.end)})` }];
  }
  if (type === "IfStatement") {
    const test = node.test as Node;
    return [{ start: test.start, end: test.end, with: "false" }];
  }
  if (type === "CallExpression") {
    const callee = node.callee as Node;
    if (callee.type !== "MemberExpression" || callee.computed) return [];
    const property = callee.property as Node & { name: string };
    if (source.slice(callee.start, callee.end) === "Math.sqrt")
      return [{ start: callee.start, end: callee.end, with: "" }];
    const other = mistaken[property.name];
    return other === undefined ? [] : [{ start: property.start, end: property.end, with: other }];
  }
  return [];
}
