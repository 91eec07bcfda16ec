import type { PythonValue } from "./python-values.ts";

/** The Python types of Java's, as the leaderboard's checker has them. */
export const javaTypes: Readonly<Record<string, "int" | "float" | "bool" | "str" | "list" | "dict" | "set">> = {
  byte: "int",
  short: "int",
  integer: "int",
  float: "float",
  double: "float",
  long: "int",
  boolean: "bool",
  char: "str",
  Array: "list",
  ArrayList: "list",
  Set: "set",
  HashMap: "dict",
  Hashtable: "dict",
  Queue: "list",
  Stack: "list",
  String: "str",
  any: "str",
};

/** A type that the checker does not convert, where it raises an error. */
export class UnsupportedTypeError extends Error {}

/**
 * What Java source of a value means, as `java_type_converter` of bfcl-eval 2026.3.23 reads it: what does not look like the
 * type stays a text.
 *
 * @throws {UnsupportedTypeError} for a type that Java functions of the benchmark do not have.
 */
export function javaValue(source: string, type: string, nested?: string): PythonValue {
  switch (type) {
    case "byte":
    case "short":
    case "integer":
      return /^-?\d+\n?$/.test(source) ? BigInt(source.trim()) : source;
    case "float":
      return /^-?\d+(\.\d+)?([eE][+-]?\d+)?[fF]\n?$/.test(source) ? Number(source.trim().slice(0, -1)) : source;
    case "double":
      return /^-?\d+(\.\d+)?([eE][+-]?\d+)?\n?$/.test(source) ? Number(source.trim()) : source;
    case "long":
      return /^-?\d+[lL]\n?$/.test(source) ? BigInt(source.trim().slice(0, -1)) : source;
    case "boolean":
      return source === "true" ? true : source === "false" ? false : source;
    case "char":
    case "String":
    case "any":
      return source;
    case "ArrayList":
      return javaArrayList(source, nested);
    case "Array":
      return javaArray(source, nested);
    case "HashMap":
      return javaHashMap(source);
    default:
      throw new UnsupportedTypeError(type);
  }
}

function javaArrayList(source: string, nested: string | undefined): PythonValue {
  const element = (text: string): PythonValue => {
    if (nested === "char" || nested === "String") return text.slice(1, -1);
    return nested ? javaValue(text, nested) : anyJavaValue(text);
  };
  const asList = /new\s+ArrayList<\w*>\(Arrays\.asList\((.+?)\)\)/.exec(source);
  if (asList) return asList[1]!.split(",").map((text) => element(text.trim()));
  const added = /new\s+ArrayList<\w*>\(\)\s*\{\{\s*(.+?)\s*\}\}/s.exec(source);
  if (added) return [...added[1]!.matchAll(/add\((.+?)\)/g)].map((match) => element(match[1]!.trim()));
  return /new\s+ArrayList<\w*>\(\)/.test(source) ? [] : source;
}

function javaArray(source: string, nested: string | undefined): PythonValue {
  const found = /new\s+\w+\[\]\s*\{(.*?)\}/.exec(source);
  if (!found) return source;
  const parts = found[1]!.split(",").map((part) => part.trim());
  return parts.filter(Boolean).map((part) => (nested ? javaValue(part, nested) : anyJavaValue(part)));
}

function javaHashMap(source: string): PythonValue {
  const found = /new\s+HashMap<.*?>\s*\(\)\s*\{\s*\{?\s*(.*?)\s*\}?\s*\}/s.exec(source);
  if (found) {
    const puts = found[1]!.trim() ? [...found[1]!.matchAll(/put\("(.*?)",\s*(.*?)\)/g)] : [];
    return Object.fromEntries(puts.map(([, key, value]) => [key, anyJavaValue(value!.trim())]));
  }
  return /new\s+HashMap<.*?>\s*\(\)/.test(source) ? {} : source;
}

/** A value whose type is not told. */
function anyJavaValue(text: string): PythonValue {
  if (text === "true" || text === "false") return text === "true";
  if (text.startsWith('"') && text.endsWith('"')) return text.slice(1, -1);
  if (/^-?\d+[lL]\n?$/.test(text)) return BigInt(text.trim().slice(0, -1));
  if (/^-?\d+(\.\d+)?([eE][+-]?\d+)?[fF]\n?$/.test(text)) return Number(text.trim().slice(0, -1));
  return pythonNumber(text) ?? text;
}

/** What Python's `int()` and, failing that, `float()` make of a text; undefined where both refuse it. */
export function pythonNumber(text: string): bigint | number | undefined {
  const trimmed = text.trim();
  const plain = trimmed.replaceAll(/(?<=\d)_(?=\d)/g, "");
  if (/^[+-]?\d+$/.test(plain)) return BigInt(plain.replace(/^\+/, ""));
  if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(plain)) return Number(plain);
  const named = /^([+-]?)(inf|infinity|nan)$/i.exec(plain);
  if (!named) return undefined;
  if (named[2]!.toLowerCase() === "nan") return Number.NaN;
  return named[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
