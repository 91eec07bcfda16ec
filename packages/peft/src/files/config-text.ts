/**
 * Fields that are `float` in the configs of PEFT 0.21 and AdapterHub 1.3. Both are Python, where 1 and 1.0 differ: AdapterHub
 * asks `isinstance(scaling, float)` and refuses the one. JSON has one kind of number, so these are written with their point.
 */
const floatFields: ReadonlySet<string> = new Set([
  "beta1",
  "beta2",
  "d_initial",
  "dropout",
  "encoder_dropout",
  "lora_dropout",
  "module_dropout",
  "orth_reg_weight",
  "rank_dropout",
  "scaling",
  "stochastic_depth",
  "vera_dropout",
]);

/** The text of an `adapter_config.json`. */
export function configText(config: Readonly<Record<string, unknown>>): string {
  const replaced = (key: string, value: unknown): unknown =>
    typeof value === "number" && Number.isSafeInteger(value) && floatFields.has(key) ? rawJson(`${value}.0`) : value;
  return `${JSON.stringify(config, replaced, 2)}\n`;
}

/** Text that is put into JSON as it is (ECMAScript's `JSON.rawJSON`, which TypeScript 5 does not know). */
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;
