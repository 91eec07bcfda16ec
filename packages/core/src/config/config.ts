import { z } from "zod";

const modelName = z
  .string()
  .regex(/^[a-z][a-z0-9_-]*:\S+$/i, "expected provider:model, such as openai:gpt-5-mini or ollama:qwen3");

const provider = z.strictObject({
  /** Where its API is, up to and including `/v1`. */
  baseUrl: z.url({ protocol: /^https?$/ }).optional(),
  /** The environment variable that holds its key: keeps the key out of the file. */
  apiKeyEnv: z
    .string()
    .regex(/^[A-Za-z_]\w*$/, "expected the name of an environment variable")
    .optional(),
  apiKey: z.string().min(1).optional(),
});

/** What a configuration file, the environment or flags may say. Everything is optional. */
export const ConfigInput = z.strictObject({
  /** The folder of the embedded database and of blobs kept as files. */
  home: z.string().min(1).optional(),
  /** `postgres://…`: a server in place of the embedded database. */
  databaseUrl: z
    .string()
    .regex(/^postgres(ql)?:\/\//, "expected postgres://user:password@host/database")
    .optional(),
  /** `s3://bucket/prefix?endpoint=…&region=…`, or a folder. */
  blobUrl: z.string().min(1).optional(),
  /** What a database server and an object store may take; the embedded database and folders need none of it. */
  store: z
    .strictObject({
      /** Connections to the database that this process may have open at once. */
      poolSize: z.int().min(2).max(1000).optional(),
      /** A statement without an answer for this long counts as the database being away. */
      databaseTimeoutSeconds: z.number().min(1).max(86_400).optional(),
      /** The same for a request to S3, or for the next part of one. */
      blobTimeoutSeconds: z.number().min(1).max(86_400).optional(),
    })
    .optional(),
  server: z
    .strictObject({
      /** The address to listen at; another than loopback needs a token. */
      host: z.string().min(1).optional(),
      /** 0 takes a free one. */
      port: z.int().min(0).max(65535).optional(),
      /** Asked of every request once set; without one only this machine is listened to. */
      token: z.string().min(16, "expected at least 16 characters").optional(),
      /** Names besides localhost and addresses under which the server is reached, such as that of a proxy before it. */
      allowedHosts: z.array(z.string().min(1)).optional(),
      /** Models that clients may name besides those of the roles. */
      models: z.array(modelName).optional(),
      /** Other names for models: `{ "gpt-4o-mini": "local:Qwen/Qwen2.5-0.5B-Instruct" }`. */
      aliases: z.record(z.string().min(1), modelName).optional(),
      /** Video models by the names that clients give: a folder, or one that comes with Loam. `{ "sora-2": "moving-digits" }`. */
      videoModels: z.record(z.string().min(1), z.string().min(1)).optional(),
      /** Whether models of OpenAI's that are not here (`gpt-…`, `o3`) are asked of OpenAI, with the key of `providers.openai`. */
      forward: z.boolean().optional(),
      /** How far webhooks may go; `loopback` on a server that listens to this machine only, else `public`. */
      webhooks: z.enum(["public", "loopback", "private"]).optional(),
    })
    .optional(),
  /** Which model plays which role. A role left out is filled by what the environment offers. */
  models: z
    .strictObject({
      /** Answers, summaries, assistants. */
      chat: modelName.optional(),
      /** Looks at figures. */
      vision: modelName.optional(),
      /** Vectors of passages and questions. */
      embed: modelName.optional(),
      /** Scores answers, reranks passages. */
      judge: modelName.optional(),
      /** Reads question and passage together and puts the passages found in order: a local cross-encoder. */
      reranker: modelName.optional(),
    })
    .optional(),
  /** By the name that stands before the colon of a model. */
  providers: z.record(z.string().regex(/^[a-z][a-z0-9_-]*$/i), provider).optional(),
  /**
   * Functions that this process answers when a model calls them: what `defineFunction` of `@loam/platform` makes,
   * `{ openapi: file or address }`, `{ mcp: { command, args } }` or `{ mcp: { url } }`.
   */
  functions: z.array(z.unknown()).optional(),
  tracing: z
    .strictObject({
      /** Whether spans are kept at all. */
      enabled: z.boolean().optional(),
      /** `full` keeps prompts and answers in spans (secrets redacted), `none` only names, times and counts. */
      content: z.enum(["full", "none"]).optional(),
      /** An OTLP/HTTP collector that gets the spans as well. */
      otlpEndpoint: z.url({ protocol: /^https?$/ }).optional(),
    })
    .optional(),
  alerts: z
    .strictObject({
      /** Programs that alert rules may run, by name: `{ "page-me": ["notify-send", "Loam"] }`. */
      commands: z.record(z.string().min(1), z.array(z.string()).min(1)).optional(),
    })
    .optional(),
});
export type ConfigInput = z.infer<typeof ConfigInput>;

export type ModelRole = "chat" | "vision" | "embed" | "judge" | "reranker";

export type ProviderConfig = z.infer<typeof provider>;

/** The configuration in force: every layer merged, defaults filled in, keys read from their variables. */
export interface Config {
  home?: string;
  databaseUrl?: string;
  blobUrl?: string;
  store?: { poolSize?: number; databaseTimeoutSeconds?: number; blobTimeoutSeconds?: number };
  server: {
    host: string;
    port: number;
    token?: string;
    allowedHosts?: string[];
    models?: string[];
    aliases?: Record<string, string>;
    videoModels?: Record<string, string>;
    forward?: boolean;
    webhooks?: "public" | "loopback" | "private";
  };
  models: Partial<Record<ModelRole, string>>;
  providers: Record<string, ProviderConfig>;
  functions?: readonly unknown[];
  tracing: { enabled: boolean; content: "full" | "none"; otlpEndpoint?: string };
  alerts?: { commands?: Record<string, string[]> };
}

export const CONFIG_DEFAULTS = {
  server: { host: "127.0.0.1", port: 4545 },
  tracing: { enabled: true, content: "full" },
} as const satisfies ConfigInput;

/**
 * Gives a `loam.config.ts` its types:
 * `export default defineConfig({ models: { chat: "ollama:qwen3" } })`
 */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}
