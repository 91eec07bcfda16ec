import type { Rng } from "@loam/core";
import { chance, pick } from "./topics/draw.ts";
import type { ValueKind } from "./topics/value-kinds.ts";

/** The JSON Schema of a parameter with a description in one of several styles. */
export function describedSchema(
  rng: Rng,
  kind: ValueKind,
  text: string,
  { required, style }: { required: boolean; style: "plain" | "full" | "bare" },
): Record<string, unknown> {
  const note = kind.note ? `${kind.note.startsWith(":") ? "" : ", "}${kind.note}`.replace(/^, \(/, " (") : "";
  const base = style === "bare" && !note ? pick(rng, [text, ""]) : `${text}${note}`;
  const full = base && style === "full" ? `${base}${/[.)]$/.test(base) ? "" : "."}` : base;
  const fallback =
    !required && chance(rng, 0.4)
      ? pick(rng, ["(optional)", `Default is ${JSON.stringify(kind.draw(rng).value)}.`, "Optional."])
      : "";
  const stop = full && fallback && !/[.)]$/.test(full) && !fallback.startsWith("(") ? "." : "";
  const description = `${full}${stop} ${fallback}`.trim();
  return { ...kind.schema, ...(description ? { description } : {}) };
}

export const descriptionStyle = (rng: Rng) => pick(rng, ["plain", "full", "full", "bare"] as const);
