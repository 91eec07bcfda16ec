import { pythonNumber, UnsupportedTypeError } from "./java-values.ts";
import type { PythonValue } from "./python-values.ts";

/** The Python types of JavaScript's, as the leaderboard's checker has them. */
export const javascriptTypes: Readonly<Record<string, "int" | "float" | "bool" | "str" | "list" | "dict">> = {
  String: "str",
  integer: "int",
  float: "float",
  Bigint: "int",
  Boolean: "bool",
  dict: "dict",
  array: "list",
  any: "str",
};

/**
 * What JavaScript source of a value means, as `js_type_converter` of bfcl-eval 2026.3.23 reads it.
 *
 * @throws {UnsupportedTypeError} for a type that JavaScript functions of the benchmark do not have.
 */
export function javascriptValue(source: string, type: string, nested?: string): PythonValue {
  switch (type) {
    case "String":
      return isQuoted(source) ? source.slice(1, -1) : source;
    case "integer":
      return /^-?\d+\n?$/.test(source) ? BigInt(source.trim()) : source;
    case "float":
      return /^-?\d+(\.\d+)?\n?$/.test(source) ? Number(source.trim()) : source;
    case "Bigint":
      return /^-?\d+n\n?$/.test(source) ? BigInt(source.trim().slice(0, -1)) : source;
    case "Boolean":
      return source === "true" ? true : source === "false" ? false : source;
    case "array":
      return javascriptArray(source.trim(), nested);
    case "dict":
      return javascriptObject(source.trim());
    case "any":
      return source;
    default:
      throw new UnsupportedTypeError(type);
  }
}

const isQuoted = (text: string): boolean =>
  (text.startsWith('"') && text.endsWith('"')) || (text.startsWith("'") && text.endsWith("'"));

const nestedArray = /^(?:\[\s*\[.*?\]\s*(,\s*\[.*?\]\s*)*\]|\bnew\s+Array\(\s*\[.*?\]\s*(,\s*\[.*?\]\s*)*\))/;
const flatArray = /^(?:\[(.*?)\]|\bnew\s+Array\((.*?)\))/;

function javascriptArray(code: string, nested: string | undefined): PythonValue {
  try {
    const matrix = nestedArray.exec(code);
    if (matrix) {
      return [...matrix[0].matchAll(/\[(.*?)\]/g)].map((row, i) => {
        let text = row[1]!.trim();
        if (i === 0 && text.startsWith("[")) text = text.slice(1);
        return text.split(",").map((item) => anyJavascriptValue(item.trim()));
      });
    }
    const list = flatArray.exec(code);
    if (!list) return code;
    const inner = (list[1] ?? list[2])!.trim();
    const items = inner ? inner.split(",").map((item) => item.trim()) : [];
    return items.map((item) => (nested ? javascriptValue(item, nested) : anyJavascriptValue(item)));
  } catch (error) {
    if (error instanceof UnsupportedTypeError) return code;
    throw error;
  }
}

function javascriptObject(code: string): PythonValue {
  if (code === "{}") return {};
  const found = /^\{(.*?)\}/.exec(code);
  if (!found) return code;
  const pairs = [...found[1]!.matchAll(/([^:]+):\s*(.*?)(?:,\s*(?=[^,]+:)|$)/g)];
  return Object.fromEntries(
    pairs.map(([, key, value]) => {
      const text = value!.trim();
      const name = stripQuotes(key!.trim());
      if (text.startsWith("[") && text.endsWith("]")) return [name, javascriptArray(text, undefined)];
      if (text.startsWith("{") && text.endsWith("}")) return [name, javascriptObject(text)];
      return [name, anyJavascriptValue(stripQuotes(text))];
    }),
  );
}

/** Python's `strip("'\"")`. */
const stripQuotes = (text: string): string => text.replaceAll(/^['"]+|['"]+$/g, "");

/** A value whose type is not told. */
function anyJavascriptValue(source: string): PythonValue {
  const text = source.trim();
  if (text === "true") return true;
  if (text === "false") return false;
  if (isQuoted(text)) return text.slice(1, -1);
  return pythonNumber(text) ?? text;
}
