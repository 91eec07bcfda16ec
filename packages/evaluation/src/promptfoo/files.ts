import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { NotFoundError } from "@loam/core";

/** Says that something is not taken over. */
export type Miss = (at: string, what: string, reason: string) => void;

/** The path behind `file://…`, from the configuration's folder; undefined for other texts. */
export function fileOf(reference: string, folder: string): string | undefined {
  if (!reference.startsWith("file://")) return undefined;
  return reference.startsWith("file:///")
    ? fileURLToPath(reference)
    : resolve(folder, reference.slice("file://".length));
}

export async function readTextFile(path: string): Promise<string> {
  return readFile(path, "utf8").catch((cause) => {
    throw new NotFoundError("file", path, { cause, hint: "the configuration names it" });
  });
}
