import { z } from "zod";
import type { Miss } from "./files.ts";

export interface ImportedProvider {
  label: string;
  model: string;
  temperature?: number;
  maxOutputTokens?: number;
}

const objectForm = z.looseObject({
  id: z.string(),
  label: z.string().optional(),
  config: z.record(z.string(), z.unknown()).optional(),
});

/** promptfoo's forms of a chat model's name, with their name here. */
const models: [pattern: RegExp, provider: string][] = [
  [
    /^openai:(?:(?:chat|responses):)?(?!embedding|image|assistant|realtime|moderation|transcription|speech|completion|codex)([^:]+(?::[^:]+)*)$/,
    "openai",
  ],
  [/^anthropic:(?:messages:)?(?!completion|claude-agent-sdk)([^:]+)$/, "anthropic"],
  [/^ollama:(?:chat:|completion:)?(?!embeddings?:)(.+)$/, "ollama"],
];

/** A provider of promptfoo as a model here; none where there is no such model. */
export function importProvider(given: unknown, at: string, miss: Miss): ImportedProvider[] {
  const entry = typeof given === "string" ? { id: given } : (objectForm.safeParse(given).data ?? fromMap(given));
  if (!entry) {
    miss(at, JSON.stringify(given)?.slice(0, 80) ?? "", "a provider is a name or { id, label, config }");
    return [];
  }
  const { id, label = id, config = {}, ...rest } = entry as z.infer<typeof objectForm>;
  const found = models.flatMap(([pattern, provider]) => {
    const name = pattern.exec(id)?.[1];
    return name === undefined ? [] : [`${provider}:${name}`];
  })[0];
  if (found === undefined) {
    const reason = /^(?:exec:|python:|golang:|file:)/.test(id)
      ? "programs are run in another way here: a system with `command` gets the row on its standard input"
      : /^https?:/.test(id)
        ? "services are called in another way here: a system with `url` is posted the row"
        : "models are read of openai, anthropic and ollama; add the system by hand";
    miss(at, id, reason);
    return [];
  }
  for (const key of Object.keys(rest)) miss(`${at}.${key}`, key, "of a provider its id, label and config are read");
  const number = (key: string): number | undefined => (typeof config[key] === "number" ? config[key] : undefined);
  const [temperature, maxOutputTokens] = [
    number("temperature"),
    number("max_tokens") ?? number("max_completion_tokens") ?? number("max_output_tokens"),
  ];
  for (const [key, value] of Object.entries(config))
    if (
      !["temperature", "max_tokens", "max_completion_tokens", "max_output_tokens"].includes(key) ||
      typeof value !== "number"
    )
      miss(
        `${at}.config.${key}`,
        `${key}: ${/key|token|secret/i.test(key) ? "…" : JSON.stringify(value)?.slice(0, 60)}`,
        "of a config, temperature and max_tokens are read",
      );
  return [
    {
      label,
      model: found,
      ...(temperature !== undefined && { temperature }),
      ...(maxOutputTokens !== undefined && { maxOutputTokens }),
    },
  ];
}

/** `{ "openai:gpt-4o": { config } }`. */
function fromMap(given: unknown): z.infer<typeof objectForm> | undefined {
  if (typeof given !== "object" || given === null) return undefined;
  const [entry, ...others] = Object.entries(given);
  if (!entry || others.length > 0 || typeof entry[1] !== "object") return undefined;
  return objectForm.safeParse({ id: entry[0], ...entry[1] }).data;
}
