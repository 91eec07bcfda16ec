/**
 * JSON as Python's `json.loads` reads it: whole numbers (bigint here) and floats (number here) are different types, which
 * the leaderboard's checker tells apart.
 */
export type PythonValue = null | boolean | bigint | number | string | readonly PythonValue[] | PythonDict;
export interface PythonDict {
  readonly [key: string]: PythonValue;
}

/** @throws {SyntaxError} */
export function parsePythonJson(text: string): PythonValue {
  const read = JSON.parse as (
    text: string,
    reviver: (key: string, value: unknown, context: { source: string }) => unknown,
  ) => PythonValue;
  return read(text, (_key, value, { source }) =>
    typeof value === "number" && !/[.eE]/.test(source) ? BigInt(source) : value,
  );
}

export type PythonType = "str" | "int" | "float" | "bool" | "list" | "dict" | "NoneType";

export function typeOfPython(value: PythonValue): PythonType {
  if (value === null) return "NoneType";
  if (Array.isArray(value)) return "list";
  const names = { string: "str", bigint: "int", number: "float", boolean: "bool", object: "dict" } as const;
  return names[typeof value as keyof typeof names];
}

/** Python's `==`: numbers and booleans compare by their value. */
export function equalInPython(a: PythonValue, b: PythonValue): boolean {
  if (isNumeric(a) && isNumeric(b))
    return numeric(a) === numeric(b) || (typeof a === "bigint" && typeof b === "bigint" && a === b);
  if (Array.isArray(a) && Array.isArray(b))
    return a.length === b.length && a.every((item, i) => equalInPython(item, b[i]!));
  if (isDict(a) && isDict(b)) {
    const keys = Object.keys(a);
    return (
      keys.length === Object.keys(b).length &&
      keys.every((key) => Object.hasOwn(b, key) && equalInPython(a[key]!, b[key]!))
    );
  }
  return a === b;
}

/** Python's `value in list`. */
export const isInPython = (value: PythonValue, list: readonly PythonValue[]): boolean =>
  list.some((one) => equalInPython(value, one));

export const isDict = (value: PythonValue): value is PythonDict =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isNumeric = (value: PythonValue): value is boolean | bigint | number =>
  typeof value === "boolean" || typeof value === "bigint" || typeof value === "number";

const numeric = (value: boolean | bigint | number): number => Number(value);
