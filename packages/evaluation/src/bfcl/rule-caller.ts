import type { BenchmarkFunction, MadeCall } from "./check-calls.ts";
import type { PythonDict, PythonValue } from "./python-values.ts";

/**
 * Calls without a model: the function that shares most words with the request, numbers in their order, quoted and
 * capitalised words for texts, the first value of an enumeration. What a model gets right beyond this is skill.
 */
export function callByRule(
  messages: readonly { content: string }[],
  functions: readonly BenchmarkFunction[],
): MadeCall[] {
  const request = messages.at(-1)!.content;
  const words = new Set(request.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? []);
  const chosen = functions.reduce((best, one) => (sharedWords(one, words) > sharedWords(best, words) ? one : best));
  return [{ name: chosen.name, arguments: argumentsByRule(chosen, request) }];
}

function sharedWords({ name, description }: BenchmarkFunction, words: ReadonlySet<string>): number {
  const own = new Set(
    `${name} ${description}`
      .toLowerCase()
      .replaceAll(/[_.]/g, " ")
      .match(/[a-z]+/g) ?? [],
  );
  return [...own].filter((word) => words.has(word)).length;
}

function argumentsByRule({ parameters }: BenchmarkFunction, request: string): PythonDict {
  let numbers = [...request.matchAll(/-?\d[\d,]*\.?\d*/g)].map(([text]) =>
    text.replace(/\.+$/, "").replaceAll(",", ""),
  );
  const quoted = [...request.matchAll(/['"“]([^'"”]+)['"”]/g)].map(([, text]) => text!);
  const named = request.slice(1).match(/[A-Z][\w'-]+(?: (?:of |the )?[A-Z][\w'-]+)*(?:, [A-Z]{2,})?/g) ?? [];
  let spans = [...quoted, ...named];
  const given: Record<string, PythonValue> = {};
  for (const [name, { type, items, enum: values }] of Object.entries(parameters.properties)) {
    const isRequired = parameters.required.includes(name);
    if (Array.isArray(values) && values.length > 0) {
      const said = values.find(
        (value) => typeof value === "string" && value && request.toLowerCase().includes(value.toLowerCase()),
      );
      if (said || isRequired) {
        given[name] = (said ?? values[0]) as PythonValue;
        continue;
      }
    }
    if (!isRequired) continue;
    if (type === "integer" || type === "float") {
      const number = Number(numbers.shift() ?? 1);
      given[name] = type === "integer" ? BigInt(Math.trunc(number)) : number;
    } else if (type === "boolean") given[name] = true;
    else if (type === "array" || type === "tuple") {
      if (items?.type === "integer" || items?.type === "float") {
        given[name] = numbers.map((text) =>
          items.type === "integer" && !text.includes(".") ? BigInt(text) : Number(text),
        );
        numbers = [];
      } else {
        given[name] = spans;
        spans = [];
      }
    } else if (type === "string") given[name] = spans.shift() ?? lastWord(request);
    else given[name] = {};
  }
  return given;
}

const lastWord = (request: string): string =>
  (request.trim().split(/\s+/).at(-1) ?? "").replaceAll(/^[.?]+|[.?]+$/g, "");
