import { type ScalarTag, stringify, type ToStringOptions } from "yaml";

/**
 * YAML for programs that read YAML 1.1, as PyYAML does: strings that are something else there (`no`, `on`, `null`, `1_000`,
 * `12:30`, `2024-01-31`) are quoted, and numbers with an exponent get a point, since `1e-7` is a string there.
 *
 * @param value plain data
 */
export function yamlForPython(value: unknown, options: ToStringOptions = {}): string {
  return stringify(value, { ...options, customTags: (tags) => [quotedString, pointedFloat, ...tags] });
}

/** What YAML 1.1 resolves to a bool, a null, a number in any base, a time, or a special key. */
const resolved =
  /^(?:|~|null|true|false|yes|no|on|off|y|n|<<|=|[-+]?\.(?:inf|nan)|[-+]?(?:\d|\.\d)[\d_.:,a-fox+-]*(?:[t ]+[\d:.+\- z]*)?)$/i;

const never = /(?!)/;

const quotedString: ScalarTag = {
  tag: "tag:yaml.org,2002:str",
  default: true,
  test: never,
  resolve: (text) => text,
  identify: (value) => typeof value === "string" && resolved.test(value),
  stringify: ({ value }) => JSON.stringify(value),
};

const pointedFloat: ScalarTag = {
  tag: "tag:yaml.org,2002:float",
  default: true,
  test: never,
  resolve: Number,
  identify: (value) => typeof value === "number" && /^-?\d+e/.test(String(value)),
  stringify: ({ value }) => String(value).replace("e", ".0e"),
};
