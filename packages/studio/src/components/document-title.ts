import type { DocumentJson } from "@loam/server";

/** What a document is called beside others: its title; with its file's name or the day it was added where titles repeat. */
export function documentTitle(
  { id, title, name, createdAt }: Pick<DocumentJson, "id" | "title" | "name" | "createdAt">,
  documents: readonly Pick<DocumentJson, "id" | "title" | "name">[],
  date: (iso: string) => string,
): string {
  const own = title || name;
  const twins = documents.filter((other) => other.id !== id && (other.title || other.name) === own);
  if (twins.length === 0) return own;
  return twins.some((other) => other.name === name) ? `${own} · ${date(createdAt)}` : `${own} · ${name}`;
}
