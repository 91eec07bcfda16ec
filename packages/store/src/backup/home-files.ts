import { readdir } from "node:fs/promises";
import { join, relative } from "node:path";

/** What of a home folder is saved as files: what is neither database, blob, lock nor socket. */
export async function homeFiles(home: string): Promise<string[]> {
  const entries = await readdir(home, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries) {
    if (isOwn(entry.name)) continue;
    if (entry.isFile()) found.push(entry.name);
    if (!entry.isDirectory()) continue;
    const inside = await readdir(join(home, entry.name), { recursive: true, withFileTypes: true });
    for (const file of inside) if (file.isFile()) found.push(relative(home, join(file.parentPath, file.name)));
  }
  return found.sort();
}

/** Whether it belongs to the running store. */
function isOwn(name: string): boolean {
  return (
    name === "pg" ||
    name === "blobs" ||
    name.startsWith("run-") ||
    name.startsWith(".") ||
    /^owner\.\d+\.lock$/.test(name)
  );
}

/** A relative path that stays in its folder. */
export function isInside(path: unknown): path is string {
  return (
    typeof path === "string" &&
    path !== "" &&
    !path.includes("\0") &&
    !path.startsWith("/") &&
    path.split(/[/\\]/).every((part) => part !== ".." && part !== "" && part !== ".") &&
    !isOwn(path.split("/")[0]!)
  );
}
