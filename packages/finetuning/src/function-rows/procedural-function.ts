import type { Rng } from "@loam/core";
import { describedSchema, descriptionStyle } from "./describe-parameter.ts";
import { functionName, nameStyle, parameterName, wordsOf } from "./names.ts";
import { inSchemaOrder, type RequestFunction } from "./request-function.ts";
import { dressed } from "./request-style.ts";
import { spokenRequest } from "./spoken-arguments.ts";
import { chance, pick, shuffled } from "./topics/draw.ts";
import {
  choice,
  code,
  date,
  decimal,
  flag,
  type KindMaker,
  listOf,
  nonsense,
  timeOfDay,
  whole,
} from "./topics/value-kinds.ts";
import { plainWords, verbs } from "./topics/word-lists.ts";

const kinds: readonly (readonly [KindMaker | "choice", number])[] = [
  [nonsense, 9],
  [whole(0, 900), 5],
  [decimal(0, 500), 3],
  [code, 2],
  [date, 1],
  [timeOfDay, 1],
  [listOf(nonsense), 2],
  [listOf(whole(0, 99), { least: 2, most: 5 }), 1],
  [flag(["yes", "on", "true"], ["no", "off", "false"]), 1],
  ["choice", 2],
];

/** A function of words without a meaning: it can only be called by reading what it is called and what the request says. */
export function proceduralFunction(rng: Rng): RequestFunction {
  const style = nameStyle(rng);
  const describing = descriptionStyle(rng);
  const verb = pick(rng, verbs);
  const nouns = shuffled(rng, plainWords).slice(0, 1 + rng.integer(2));
  const names = shuffled(
    rng,
    plainWords.filter((word) => !nouns.includes(word)),
  );
  const parts = Array.from({ length: 1 + rng.integer(4) }, (_, i) => {
    const drawn = drawKind(rng);
    const words = chance(rng, 0.35) ? [names[2 * i]!, names[2 * i + 1]!] : [names[2 * i]!];
    const kind = drawn(rng);
    const required = i === 0 || chance(rng, 0.7);
    const name = parameterName(words.join("_"), style);
    const text = pick(rng, [
      `The ${words.join(" ")}`,
      `${words.join(" ")} of the ${nouns.join(" ")}`,
      `Value of ${words.join(" ")}`,
    ]);
    return {
      name,
      said: words.join(" "),
      kind,
      required,
      schema: describedSchema(rng, kind, text, { required, style: describing }),
    };
  });
  const doing = `${verb.replace("_", " ")} the ${nouns.join(" ")}`;
  const tool = {
    name: functionName(rng, [verb, ...nouns], style),
    description: pick(rng, [
      `${capital(doing)}.`,
      capital(doing),
      `Tool to ${doing}`,
      `${capital(nouns.join(" "))}: ${wordsOf(verb)}`,
    ]),
    parameters: {
      type: "object",
      properties: Object.fromEntries(parts.map(({ name, schema }) => [name, schema])),
      required: parts.filter((part) => part.required).map(({ name }) => name),
      additionalProperties: false,
    },
  };
  return {
    tool,
    group: "procedural",
    draw(r) {
      const given = parts
        .filter((part) => part.required || chance(r, 0.5))
        .map((part) => ({ ...part.kind.draw(r), parameter: part.name, name: part.said }));
      const values = Object.fromEntries(given.map(({ parameter, value }) => [parameter, value]));
      return { request: dressed(r, spokenRequest(r, doing, given)), arguments: inSchemaOrder(tool, values) };
    },
  };
}

function drawKind(rng: Rng): KindMaker {
  let left = rng.uniform() * kinds.reduce((sum, [, weight]) => sum + weight, 0);
  const [drawn] = kinds.find(([, weight]) => (left -= weight) < 0) ?? kinds[0]!;
  if (drawn !== "choice") return drawn;
  const values = shuffled(rng, plainWords).slice(0, 3 + rng.integer(2));
  return choice(Object.fromEntries(values.map((value) => [value, [value]])));
}

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
