import { LoamError } from "@loam/core";
import { type Metadata, readMetadata } from "@loam/platform";
import type { Context } from "hono";
import { z } from "zod";

/** A field whose check is a function that throws: its message becomes the schema's. */
export function checked<T>(check: (value: unknown) => T) {
  return z.unknown().transform((value, context): T => {
    try {
      return check(value);
    } catch (error) {
      if (!(error instanceof LoamError)) throw error;
      const { name } = error.details;
      const path = typeof name === "string" ? name.split(".").slice(1) : [];
      context.addIssue({ code: "custom", message: error.message, path });
      return z.NEVER;
    }
  });
}

/** Pairs of text, within OpenAI's limits. Left out is undefined; null is none. */
export const MetadataField = checked((value): Metadata | undefined =>
  value === undefined ? undefined : readMetadata(value),
).optional();

/** `metadata[key]=value` of a query, as often as there are pairs. */
export function metadataFilter(c: Context): Metadata {
  const pairs = Object.entries(c.req.query()).flatMap(([name, value]) => {
    const key = /^metadata\[(.+)\]$/.exec(name)?.[1];
    return key === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(pairs);
}
