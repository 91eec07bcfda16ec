import { InputError } from "@loam/core";

const place = /\{\{\s*([\w.[\]]+)\s*\}\}/g;

/**
 * Fills the places of a template: `{{item.question}}`, `{{sample.output_text}}`. What is no text is written as JSON.
 *
 * @throws {InputError} naming a place for which there is no value.
 */
export function fillTemplate(template: string, values: object): string {
  return template.replace(place, (_whole, path: string) => {
    const value = valueAt(values, path);
    if (value === undefined) {
      throw new InputError("template_value_missing", `There is no value for {{${path}}}.`, {
        details: { path },
        hint: "look at the names in the item and its schema",
      });
    }
    return typeof value === "string" ? value : JSON.stringify(value);
  });
}

/** The value at `item.answers[0].text`; undefined where there is none. */
export function valueAt(values: object, path: string): unknown {
  let value: unknown = values;
  for (const key of path.replaceAll("[", ".").replaceAll("]", "").split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<string, unknown>)[key];
  }
  return value;
}
