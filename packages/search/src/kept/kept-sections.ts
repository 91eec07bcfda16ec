import { MemorySections, type Sections, type Values } from "./sections.ts";
import { canKeep, openSections, writeSections } from "./sections-file.ts";

/**
 * The arrays of a file, or those that are built when it is not there or cannot be read, which are then kept in it. Where
 * nothing can be written they lie in memory.
 *
 * @param path undefined keeps nothing
 */
export async function keptSections(
  path: string | undefined,
  build: () => Promise<ReadonlyMap<string, Values>>,
  { onKept }: { onKept?: () => Promise<void> } = {},
): Promise<Sections> {
  if (path === undefined || !canKeep) return new MemorySections(await build());
  const kept = await openSections(path).catch(() => undefined);
  if (kept) return kept;
  const arrays = await build();
  try {
    await writeSections(path, arrays);
    await onKept?.();
    return await openSections(path);
  } catch {
    return new MemorySections(arrays);
  }
}
