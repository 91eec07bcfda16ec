import { javaTypes, javaValue, UnsupportedTypeError } from "./java-values.ts";
import { javascriptTypes, javascriptValue } from "./javascript-values.ts";
import {
  equalInPython,
  isDict,
  isInPython,
  type PythonDict,
  type PythonType,
  type PythonValue,
  typeOfPython,
} from "./python-values.ts";

export type CallLanguage = "python" | "java" | "javascript";

/** A function as the benchmark describes it; types are Python's, Java's or JavaScript's names. */
export interface BenchmarkFunction {
  name: string;
  description: string;
  parameters: { type: string; properties: Record<string, BenchmarkType>; required: string[] };
}
export interface BenchmarkType {
  type: string;
  description?: string;
  items?: BenchmarkType;
  [keyword: string]: unknown;
}

/** A call as a model made it. */
export interface MadeCall {
  name: string;
  arguments: PythonDict;
}

/** Of each argument the values that count as right; `""` among them allows leaving it out. */
export type WantedCall = Readonly<Record<string, Readonly<Record<string, readonly PythonValue[]>>>>;

/** Right, or the name that bfcl-eval gives to what is wrong. */
export type CallVerdict = { valid: true } | { valid: false; error: string; detail: string };

const wrong = (error: string, detail: string): CallVerdict => ({ valid: false, error, detail });
const right: CallVerdict = { valid: true };

/**
 * The AST checker of the Berkeley Function Calling Leaderboard (`ast_checker` of bfcl-eval 2026.3.23), rule by rule, its
 * oddities included: scores must be the leaderboard's.
 *
 * @param category decides how several calls are matched: `parallel…` in any order, else one call is wanted.
 */
export function checkCalls(
  functions: readonly BenchmarkFunction[],
  made: readonly MadeCall[],
  wanted: readonly WantedCall[],
  { category, language }: { category: string; language: CallLanguage },
): CallVerdict {
  try {
    return checkAll(functions, made, wanted, { category, language });
  } catch (error) {
    // The reference ends in an exception here, for all rows; only this one is lost.
    if (error instanceof NotIterableError || error instanceof UnsupportedTypeError)
      return wrong("checker_error", error.message);
    throw error;
  }
}

function checkAll(
  functions: readonly BenchmarkFunction[],
  made: readonly MadeCall[],
  wanted: readonly WantedCall[],
  { category, language }: { category: string; language: CallLanguage },
): CallVerdict {
  if (category.includes("parallel")) return checkInAnyOrder(functions, made, wanted, language);
  if (category.includes("multiple")) {
    if (made.length !== wanted.length) return wrong("multiple_function_checker:wrong_count", counts(made, wanted));
    const named = functions.find(({ name }) => name === Object.keys(wanted[0]!)[0])!;
    return checkCall(named, made[0]!, wanted[0]!, language);
  }
  if (made.length !== 1) return wrong("simple_function_checker:wrong_count", counts(made, wanted));
  return checkCall(functions[0]!, made[0]!, wanted[0]!, language);
}

const counts = (made: readonly unknown[], wanted: readonly unknown[]) =>
  `${made.length} calls, ${wanted.length} wanted`;

function checkInAnyOrder(
  functions: readonly BenchmarkFunction[],
  made: readonly MadeCall[],
  wanted: readonly WantedCall[],
  language: CallLanguage,
): CallVerdict {
  if (made.length !== wanted.length)
    return wrong("parallel_function_checker_no_order:wrong_count", counts(made, wanted));
  const matched = new Set<number>();
  for (const one of wanted) {
    const named = functions.find(({ name }) => name === Object.keys(one)[0])!;
    const at = made.findIndex((call, i) => !matched.has(i) && checkCall(named, call, one, language).valid);
    if (at < 0)
      return wrong("parallel_function_checker_no_order:cannot_find_match", `no call of ${named.name} as it is wanted`);
    matched.add(at);
  }
  return right;
}

function checkCall(
  { name, parameters }: BenchmarkFunction,
  call: MadeCall,
  wantedCall: WantedCall,
  language: CallLanguage,
): CallVerdict {
  const wanted = Object.values(wantedCall)[0]!;
  if (call.name !== name) return wrong("simple_function_checker:wrong_func_name", `${call.name} instead of ${name}`);
  const given = call.arguments;
  for (const needed of parameters.required) {
    if (!Object.hasOwn(given, needed)) return wrong("simple_function_checker:missing_required", needed);
  }
  for (const [parameter, value] of Object.entries(given)) {
    if (!Object.hasOwn(parameters.properties, parameter) || !Object.hasOwn(wanted, parameter))
      return wrong("simple_function_checker:unexpected_param", parameter);
    const verdict = checkArgument(parameter, value, parameters.properties[parameter]!, wanted[parameter]!, language);
    if (!verdict.valid) return verdict;
  }
  for (const [parameter, values] of Object.entries(wanted)) {
    if (!Object.hasOwn(given, parameter) && !isInPython("", values))
      return wrong("simple_function_checker:missing_optional", parameter);
  }
  return right;
}

function checkArgument(
  parameter: string,
  given: PythonValue,
  { type, items }: BenchmarkType,
  wanted: readonly PythonValue[],
  language: CallLanguage,
): CallVerdict {
  const converted = convertArgument(given, type, items?.type, language);
  if (converted === undefined)
    return wrong(language === "java" ? "type_error:java" : "type_error:js", `${parameter} is no text`);
  const { value, expected, nested } = converted;
  const typed = checkType(value, wanted, expected, nested);
  if (!typed) return wrong("type_error:simple", `${parameter} is ${typeOfPython(value)}, wanted ${type}`);
  const verdict = (isRight: boolean, error: string) => (isRight ? right : wrong(error, parameter));
  if (!typed.isVariable) {
    if (expected === "dict") return verdict(isWantedDict(value as PythonDict, wanted), "value_error:dict");
    if (expected === "list" && nested === "dict")
      return verdict(isWantedListOfDicts(value as readonly PythonDict[], wanted), "value_error:list_dict");
    if (expected === "str") return verdict(isWantedText(value as string, wanted), "value_error:string");
    if (expected === "list")
      return verdict(isWantedList(value as readonly PythonValue[], wanted), "value_error:list/tuple");
  }
  return verdict(isInPython(value, wanted), "value_error:others");
}

const pythonTypes: Readonly<Record<string, PythonType>> = {
  string: "str",
  integer: "int",
  float: "float",
  boolean: "bool",
  array: "list",
  tuple: "list",
  dict: "dict",
  any: "str",
};
const nestedInSource = ["Array", "ArrayList", "array"];

/** A value with the types it is held against; undefined where source text was wanted and something else was given. */
function convertArgument(
  given: PythonValue,
  type: string,
  itemType: string | undefined,
  language: CallLanguage,
): { value: PythonValue; expected: string; nested?: string } | undefined {
  if (language === "python") {
    const isNested = type === "array" || type === "tuple";
    return {
      value: type === "float" && typeof given === "bigint" ? Number(given) : given,
      expected: pythonTypes[type]!,
      ...(isNested && { nested: pythonTypes[itemType!]! }),
    };
  }
  if (typeof given !== "string") return undefined;
  const [types, read] = language === "java" ? [javaTypes, javaValue] : [javascriptTypes, javascriptValue];
  if (!nestedInSource.includes(type)) return { value: read(given, type), expected: types[type]! };
  return { value: read(given, type, itemType), expected: types[type]!, nested: types[itemType!]! };
}

/** The type of the first value that is no sign for leaving it out. */
function wantedType(wanted: readonly PythonValue[]): PythonType | undefined {
  const first = wanted.find((value) => !equalInPython(value, ""));
  return first === undefined ? undefined : typeOfPython(first);
}

/** Undefined where the type is wrong. A value of another type than the described one counts as a variable's name. */
function checkType(
  value: PythonValue,
  wanted: readonly PythonValue[],
  expected: string,
  nested: string | undefined,
): { isVariable: boolean } | undefined {
  const answerType = wantedType(wanted);
  const isVariable = answerType !== undefined && answerType !== expected;
  if (typeOfPython(value) === expected) {
    if (nested === undefined) return { isVariable };
    const fits = wanted.some(
      (one) =>
        !Array.isArray(one) ||
        (value as readonly PythonValue[]).every((item) => checkType(item, one, nested, undefined)),
    );
    return fits ? { isVariable } : undefined;
  }
  return answerType !== undefined && typeOfPython(value) === answerType ? { isVariable: true } : undefined;
}

/** Without spaces and `,./-_*^`, in lower case, with one kind of quotes. */
const standard = (text: string): string =>
  text
    .replaceAll(/[ ,./\-_*^]/g, "")
    .toLowerCase()
    .replaceAll("'", '"');
const standardValue = (value: PythonValue): PythonValue => (typeof value === "string" ? standard(value) : value);

const isWantedText = (value: string, wanted: readonly PythonValue[]): boolean =>
  wanted.some((one) => typeof one === "string" && standard(one) === standard(value));

const isWantedList = (value: readonly PythonValue[], wanted: readonly PythonValue[]): boolean =>
  isInPython(
    value.map(standardValue),
    wanted.map((one) => members(one).map(standardValue)),
  );

class NotIterableError extends Error {}

/** What Python's loops see: a text is its characters. @throws {NotIterableError} for what has no members. */
function members(value: PythonValue): readonly PythonValue[] {
  if (typeof value === "string") return [...value];
  if (Array.isArray(value)) return value;
  throw new NotIterableError(`a ${typeOfPython(value)} has no members`);
}

function isWantedDict(value: PythonDict, wanted: readonly PythonValue[]): boolean {
  return wanted.some((one) => {
    if (!isDict(one)) return false;
    const fits = Object.entries(value).every(
      ([key, given]) =>
        Object.hasOwn(one, key) && isInPython(standardValue(given), members(one[key]!).map(standardValue)),
    );
    const mayLack = (values: PythonValue) => typeof values === "string" || isInPython("", members(values));
    return fits && Object.entries(one).every(([key, values]) => Object.hasOwn(value, key) || mayLack(values));
  });
}

const isWantedListOfDicts = (value: readonly PythonDict[], wanted: readonly PythonValue[]): boolean =>
  wanted.some((one) => {
    const dicts = members(one);
    return value.length === dicts.length && value.every((dict, i) => isWantedDict(dict, [dicts[i]!]));
  });
