import { ArgumentError } from "@loam/core";

const functions: Record<string, (...values: number[]) => number> = {
  min: Math.min,
  max: Math.max,
  abs: Math.abs,
  floor: Math.floor,
  ceil: Math.ceil,
  exp: Math.exp,
  sqrt: Math.sqrt,
  log: Math.log,
};
const token = /\s*(?:(\d+(?:\.\d+)?|\.\d+)|([A-Za-z_]\w*)|([-+*/^(),]))/y;

/**
 * The value of a formula: numbers, names, `+ - * / ^`, brackets, and min, max, abs, floor, ceil, exp, sqrt, log.
 *
 * @throws {ArgumentError} saying where it cannot be read, or which name is not known.
 */
export function evaluateFormula(formula: string, values: Readonly<Record<string, number>>): number {
  const tokens: string[] = [];
  for (token.lastIndex = 0; token.lastIndex < formula.trimEnd().length; ) {
    const at = token.lastIndex;
    const found = token.exec(formula);
    if (!found) throw wrong(formula, `something else at position ${at}: ${formula.slice(at, at + 10)}`);
    tokens.push(found[0].trim());
  }
  let at = 0;
  const take = (wanted: string) => {
    if (tokens[at] !== wanted) throw wrong(formula, `${wanted} before ${tokens[at] ?? "its end"}`);
    at++;
  };
  const sum = (): number => {
    let value = product();
    while (tokens[at] === "+" || tokens[at] === "-") value += tokens[at++] === "+" ? product() : -product();
    return value;
  };
  const product = (): number => {
    let value = signed();
    while (tokens[at] === "*" || tokens[at] === "/") value = tokens[at++] === "*" ? value * signed() : value / signed();
    return value;
  };
  const signed = (): number => {
    if (tokens[at] !== "-") return power();
    at++;
    return -signed();
  };
  const power = (): number => {
    const base = atom();
    if (tokens[at] !== "^") return base;
    at++;
    return base ** signed();
  };
  const atom = (): number => {
    const next = tokens[at++];
    if (next === "(") {
      const value = sum();
      take(")");
      return value;
    }
    if (next === undefined) throw wrong(formula, "a value at its end");
    if (/^[\d.]/.test(next)) return Number(next);
    if (tokens[at] === "(" && Object.hasOwn(functions, next)) {
      at++;
      const inner = [sum()];
      while (tokens[at] === ",") {
        at++;
        inner.push(sum());
      }
      take(")");
      return functions[next]!(...inner);
    }
    if (Object.hasOwn(values, next)) return values[next]!;
    throw wrong(formula, `one of the names ${Object.keys(values).join(", ")}, not ${next}`);
  };
  const value = sum();
  if (at < tokens.length) throw wrong(formula, `an operator before ${tokens[at]}`);
  return value;
}

function wrong(formula: string, expected: string): ArgumentError {
  return new ArgumentError("calculate_output", formula, `a formula with ${expected}`);
}
