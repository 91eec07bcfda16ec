export const fieldTypes = ["string", "number", "integer", "boolean", "date"] as const;

/** A field as it is being written. */
export interface DraftField {
  /** Tells the rows of the form apart while their names change. */
  key: number;
  name: string;
  type: (typeof fieldTypes)[number];
}

/** The JSON Schema of what was asked for; fields without a name are left out. */
export function schemaOf(fields: readonly DraftField[], rows: "documents" | "records"): Record<string, unknown> {
  const named = fields.flatMap(({ name, type }) => (name.trim() ? [[name.trim(), type] as const] : []));
  const properties = Object.fromEntries(
    named.map(([name, type]) => [name, type === "date" ? { type: "string", format: "date" } : { type }]),
  );
  const row = { type: "object", properties };
  return rows === "records" ? { type: "array", items: row } : row;
}
