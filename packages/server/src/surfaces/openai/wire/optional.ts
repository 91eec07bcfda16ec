import { z } from "zod";

/** A field that may be left out or null, which is the same. */
export function optional<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value): z.output<Schema> | undefined => value ?? undefined);
}

/** A field of OpenAI's that this server refuses by its name; clients that write every field as null may. */
export function refusedField(instead: string) {
  return z.null(`not supported by this server: ${instead}`).optional();
}
