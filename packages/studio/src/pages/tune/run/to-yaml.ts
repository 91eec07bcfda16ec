/** A recipe as YAML: objects as blocks, everything else as JSON, which YAML reads too. */
export function toYaml(value: Record<string, unknown>, indent = ""): string {
  return Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .map(([key, item]) =>
      isBlock(item) ? `${indent}${key}:\n${toYaml(item, `${indent}  `)}` : `${indent}${key}: ${toScalar(item)}\n`,
    )
    .join("");
}

const isBlock = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0;

/** Plain where it is a word that YAML takes for nothing else. */
function toScalar(value: unknown): string {
  const isPlain =
    typeof value === "string" &&
    /^[A-Za-z][\w./-]*$/.test(value) &&
    !/^(true|false|yes|no|on|off|null|y|n)$/i.test(value);
  return isPlain ? value : JSON.stringify(value);
}
