import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { LoamError } from "@loam/core";

/** What clients call a model that is served by its path. */
export interface PathNames {
  /** The file's or folder's name, and behind a `+` an adapter's. */
  id: string;
  /** The same with six letters of a digest of the path, for the second of two that have one name. */
  distinctId: string;
  /** Without the file's extension. */
  stem?: string;
}

/** @param model a local model as it is given: a path or a hub id, and optionally `+` and an adapter's. @returns undefined for hub ids. */
export function pathNames(model: string): PathNames | undefined {
  const parts = model.split("+").map(expandHome);
  if (!parts.some(isPath)) return undefined;
  const id = parts.map((part) => (isPath(part) ? basename(resolve(part)) : part)).join("+") || "model";
  const whole = parts.map((part) => (isPath(part) ? resolve(part) : part)).join("+");
  const stem = id.replace(/\.(gguf|bin)$/, "");
  return {
    id,
    distinctId: `${id}-${createHash("sha256").update(whole).digest("hex").slice(0, 6)}`,
    ...(stem !== id && { stem }),
  };
}

/** An error about a model in which its path is said as its id: clients see nothing of this machine's folders. */
export function withoutPaths(error: unknown, model: string, id: string): unknown {
  const paths = model
    .split("+")
    .map(expandHome)
    .filter(isPath)
    .flatMap((part) => [part, resolve(part)]);
  const told = [...new Set(paths)].sort((a, b) => b.length - a.length);
  if (!(error instanceof LoamError) || !told.some((path) => error.message.includes(path))) return error;
  const message = told.reduce((text, path) => text.replaceAll(path, id), error.message);
  const { code, status, exitCode, details } = error;
  const name = typeof details.name === "string" && told.includes(details.name) ? id : details.name;
  return new LoamError(code, message, { details: { ...details, name }, status, exitCode, cause: error });
}

/** `./x`, `/x`, `C:\x`, what ends like a file or lies deeper than hub ids, and whatever is there. */
export function isPath(name: string): boolean {
  return /^[./~]|\\|\.(gguf|bin|safetensors)$/.test(name) || name.split("/").length > 2 || existsSync(name);
}

/** Shells leave the `~` of `local:~/models/x` alone. */
const expandHome = (name: string): string => (name.startsWith("~/") ? join(homedir(), name.slice(2)) : name);
