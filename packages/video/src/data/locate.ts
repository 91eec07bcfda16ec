import { existsSync } from "node:fs";
import { isAbsolute, join, resolve } from "node:path";
import { NotFoundError } from "@loam/core";

/**
 * The place of a data file that a recipe names: as it stands, beside the recipe, or below the folder that `LOAM_DATA` names.
 *
 * @throws {NotFoundError} naming the places that were looked at.
 */
export function locateData(name: string, { besides }: { besides?: string } = {}): string {
  if (isAbsolute(name)) return name;
  const places = [besides, ".", process.env.LOAM_DATA].filter((place) => place !== undefined);
  const found = places.map((place) => resolve(join(place, name))).find((path) => existsSync(path));
  if (found) return found;
  throw new NotFoundError("data file", name, {
    hint: `it is in none of ${places.map((place) => resolve(place)).join(", ")}; give a path, or set LOAM_DATA to the folder that it is in`,
  });
}
