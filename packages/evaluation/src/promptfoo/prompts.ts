import { existsSync } from "node:fs";
import { basename, extname, resolve } from "node:path";
import { z } from "zod";
import { fileOf, type Miss, readTextFile } from "./files.ts";

export interface ImportedPrompt {
  label: string;
  prompt: string;
  systemPrompt?: string;
}

const objectForm = z.looseObject({
  id: z.string().optional(),
  raw: z.string().optional(),
  label: z.string().optional(),
});
const chat = z.array(z.strictObject({ role: z.enum(["system", "developer", "user"]), content: z.string() }));

/** A prompt of promptfoo: a text, a file, `{ id | raw, label }`. A text file may hold several, between lines of `---`. */
export async function importPrompt(
  given: unknown,
  { at, folder, miss }: { at: string; folder: string; miss: Miss },
): Promise<ImportedPrompt[]> {
  const entry = typeof given === "string" ? { raw: given } : objectForm.safeParse(given).data;
  const reference = entry?.raw ?? entry?.id;
  if (reference === undefined) {
    miss(at, JSON.stringify(given)?.slice(0, 80) ?? "", "a prompt is a text, a file or { id, label }");
    return [];
  }
  const file =
    fileOf(reference, folder) ??
    (/^\S+\.(?:txt|md|json)$/.test(reference) && existsSync(resolve(folder, reference))
      ? resolve(folder, reference)
      : undefined);
  const label = (i: number, of: number) =>
    (entry?.label ?? (file ? basename(file) : `prompt ${at.split(".").at(-1)}`)) + (of > 1 ? ` ${i + 1}` : "");
  if (file === undefined) return fromText(reference, label(0, 1), at, miss);
  if (![".txt", ".md", ".json"].includes(extname(file))) {
    miss(at, reference, `prompts are read from .txt, .md and .json files, not from ${extname(file) || "others"}`);
    return [];
  }
  const text = await readTextFile(file);
  const parts =
    extname(file) === ".json"
      ? [text]
      : text
          .split(/^---\s*$/m)
          .map((part) => part.trim())
          .filter(Boolean);
  return parts.flatMap((part, i) => fromText(part, label(i, parts.length), at, miss));
}

function fromText(text: string, label: string, at: string, miss: Miss): ImportedPrompt[] {
  const fault = templateFault(text);
  if (fault !== undefined) {
    miss(at, label, fault);
    return [];
  }
  const messages = readChat(text);
  if (messages === undefined) return [{ label, prompt: text }];
  const parsed = chat.safeParse(messages);
  const users = parsed.data?.filter(({ role }) => role === "user") ?? [];
  if (!parsed.success || users.length !== 1 || parsed.data.at(-1)!.role !== "user") {
    miss(at, label, "a chat prompt is read as system messages and one user message at its end");
    return [];
  }
  const system = parsed.data
    .filter(({ role }) => role !== "user")
    .map(({ content }) => content)
    .join("\n\n");
  return [{ label, prompt: users[0]!.content, ...(system !== "" && { systemPrompt: system }) }];
}

function readChat(text: string): unknown[] | undefined {
  if (!text.trim().startsWith("[")) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What of Nunjucks a template uses that is not a plain `{{variable}}`; undefined where it uses nothing else. */
export function templateFault(text: string): string | undefined {
  if (/\{%|\{#/.test(text)) return "templates hold plain {{variables}}; {% … %} and {# … #} are not read";
  for (const [whole, inside] of text.matchAll(/\{\{([^{}]*)\}\}/g))
    if (!/^\s*[\p{L}_][\p{L}\p{N}_-]*\s*$/u.test(inside!))
      return `templates hold plain {{variables}}; ${whole} is not one`;
  return undefined;
}
