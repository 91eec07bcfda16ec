import type { Rng } from "@loam/core";
import { describedSchema, descriptionStyle } from "./describe-parameter.ts";
import { functionName, nameStyle, parameterName } from "./names.ts";
import { inSchemaOrder, type RequestFunction } from "./request-function.ts";
import { dressed } from "./request-style.ts";
import { chance, pick, shuffled } from "./topics/draw.ts";
import type { Topic } from "./topics/index.ts";
import type { ValueKind } from "./topics/value-kinds.ts";

interface Part {
  key: string;
  name: string;
  kind: ValueKind;
  clauses?: readonly string[];
}

/** A function of a topic: which names, descriptions, order and optional parameters it has is drawn. */
export function topicFunction(rng: Rng, topic: Topic): RequestFunction {
  const style = nameStyle(rng);
  const describing = descriptionStyle(rng);
  const wanted = shuffled(rng, Object.keys(topic.optional)).slice(
    0,
    rng.integer(Object.keys(topic.optional).length + 1),
  );
  const used = new Set<string>();
  const parts = Object.entries({ ...topic.required, ...topic.optional })
    .filter(([key]) => key in topic.required || wanted.includes(key))
    .map(([key, { kind, names, tells, clauses }]) => {
      const free = names.map((name) => parameterName(name, style)).filter((name) => !used.has(name));
      const name = pick(rng, free.length > 0 ? free : [`${parameterName(names[0]!, style)}_${used.size}`]);
      used.add(name);
      const made = kind(rng);
      const required = key in topic.required;
      const schema = describedSchema(rng, made, pick(rng, tells), { required, style: describing });
      return { key, name, kind: made, clauses, schema, required };
    });
  // Parameters that must be given mostly stand first, as people write functions.
  const ordered = chance(rng, 0.7)
    ? [
        ...shuffled(
          rng,
          parts.filter((p) => p.required),
        ),
        ...parts.filter((p) => !p.required),
      ]
    : shuffled(rng, parts);
  const about = pick(rng, topic.about);
  const tool = {
    name: functionName(rng, topic.words, style),
    description: chance(rng, 0.6) ? `${about}.` : about,
    parameters: {
      type: "object",
      properties: Object.fromEntries(ordered.map(({ name, schema }) => [name, schema])),
      required: ordered.filter((p) => p.required).map(({ name }) => name),
      additionalProperties: false,
    },
  };
  const needed: Part[] = parts.filter((p) => p.required);
  const optional: Part[] = parts.filter((p) => !p.required);
  return {
    tool,
    group: topic.group,
    draw(r) {
      const values: Record<string, unknown> = {};
      let request = pick(r, topic.asks);
      for (const { key, name, kind } of needed) {
        const { said, value } = kind.draw(r);
        values[name] = value;
        request = request.replace(`{${key}}`, () => said);
      }
      for (const { name, kind, clauses } of shuffled(r, optional)) {
        if (chance(r, 0.4)) continue;
        const { said, value } = kind.draw(r);
        values[name] = value;
        request = withClause(
          request,
          pick(r, clauses!).replace("{}", () => said),
        );
      }
      return { request: dressed(r, request), arguments: inSchemaOrder(tool, values) };
    },
  };
}

/** A clause at the end, before the mark that closes a question. */
function withClause(request: string, clause: string): string {
  const closing = /[?.!]$/.exec(request)?.[0] ?? "";
  return `${request.slice(0, request.length - closing.length)}${clause}${closing}`;
}
