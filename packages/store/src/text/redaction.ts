/** Takes secrets out of what programs log. What they look like is known further up: `@loam/observe` says it. */
interface Redaction {
  text(text: string): string;
  /** A JSON value; strings, names of fields and the values of fields with such names. */
  value(value: unknown): unknown;
}

let redaction: Redaction = { text: (text) => text, value: (value) => value };

/** From here on, columns of what is logged are written through this. */
export function redactWith(how: Redaction): void {
  redaction = how;
}

export const redactedText = (text: string): string => redaction.text(text);

export const redactedValue = (value: unknown): unknown => redaction.value(value);
