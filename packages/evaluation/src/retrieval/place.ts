import { InputError } from "@loam/core";
import { z } from "zod";

/** A place in a document. Of documents, those with the same `hash` are the same, else those with the same name. */
export interface Place {
  /** The file's name. */
  document?: string;
  /** SHA-256 of the file's bytes, hex. */
  hash?: string;
  /** 1-based. */
  page: number;
  /** `[x0, y0, x1, y1]` in PDF points from the top left. */
  box?: readonly [number, number, number, number];
}

const placeSchema = z.object({
  document: z.string().optional(),
  hash: z.string().optional(),
  page: z.int().min(1),
  box: z.tuple([z.number(), z.number(), z.number(), z.number()]).optional(),
});

const listSchema = z.array(placeSchema).min(1);

/** Places from a value of a table: one, a list, or the JSON of those. @throws {InputError} `bad_rows`. */
export function readPlaces(value: unknown, where: string): Place[] {
  let given = value;
  if (typeof value === "string") {
    try {
      given = JSON.parse(value);
    } catch {
      // stays a text, which is no place
    }
  }
  const parsed = listSchema.safeParse(Array.isArray(given) ? given : [given]);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new InputError(
    "bad_rows",
    `${where}: not a place in a document: ${issue!.path.join(".")}: ${issue!.message}.`,
    {
      hint: 'for example {"document": "paper.pdf", "page": 3, "box": [72, 90, 300, 110]}',
    },
  );
}

/** Whether both are on one page of one document. */
export function samePage(a: Place, b: Place): boolean {
  if (a.page !== b.page) return false;
  if (a.hash !== undefined && b.hash !== undefined) return a.hash === b.hash;
  return a.document === undefined || b.document === undefined || a.document === b.document;
}

/** Share of the gold box that must lie in the found one where the two are not alike enough by themselves. */
export const boxShare = 0.5;

/**
 * Whether a place found hits the gold one: on the same page, and half of the gold box lies in it, or their intersection
 * over union is at least a half. Without boxes, the page decides.
 */
export function hitsBox(found: Place, gold: Place): boolean {
  if (!samePage(found, gold)) return false;
  if (!found.box || !gold.box) return true;
  const [a, b] = [found.box, gold.box];
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return false;
  const shared = width * height;
  const union = areaOf(a) + areaOf(b) - shared;
  return shared / areaOf(b) >= boxShare || shared / union >= boxShare;
}

function areaOf([x0, y0, x1, y1]: readonly [number, number, number, number]): number {
  return (x1 - x0) * (y1 - y0);
}
