import type { LanguageModelV4 } from "@ai-sdk/provider";
import type { Config, ModelRole } from "@loam/core";
import type { Embedder, Reranker } from "@loam/models";
import { type ConnectOptions, connectEmbedder, connectLanguageModel, connectReranker } from "./connect.ts";
import { chooseModels } from "./detect.ts";
import { parseModelName } from "./model-name.ts";

/** A role, the model that plays it, and why. */
export interface RoleReport {
  role: ModelRole;
  /** `openai:gpt-5-mini`; null when the role is not played. */
  model: string | null;
  /** `set by LOAM_CHAT_MODEL`, `OPENAI_API_KEY found`, `not set: answers are extractive`. */
  reason: string;
}

/** The models of an application, by role. Every call of theirs is a span. */
export interface Models {
  chat?: LanguageModelV4;
  /** Describes figures. */
  vision?: LanguageModelV4;
  /** Grades answers. */
  judge?: LanguageModelV4;
  /** Puts the passages that a search found in order. */
  reranker?: Reranker;
  embed: Embedder;
  describe(): RoleReport[];
}

export interface OpenModelsOptions extends ConnectOptions {
  /** Where each value of the configuration comes from (`loadConfig` reports it), for `describe`. */
  sources?: ReadonlyMap<string, string>;
  /** Takes the place of the embedder that the configuration names. */
  embed?: Embedder;
  /** How long a server on this machine may take to say which models it has. */
  probeTimeoutMs?: number;
}

/**
 * Opens the models that the configuration names or the environment offers. Language models are not contacted (local
 * ones: read from disk) before their first call.
 *
 * @throws {ArgumentError} for a model name that cannot be read or whose provider is not known.
 */
export async function openModels(config: Config, options: OpenModelsOptions = {}): Promise<Models> {
  const { request, local, registry } = options;
  const choices = await chooseModels(config, options);
  const connect = async (role: "chat" | "vision" | "judge") => {
    const { model } = choices[role];
    return model === undefined
      ? undefined
      : connectLanguageModel(config, parseModelName(model, role), { role, request, local, registry });
  };
  const embedName = parseModelName(choices.embed.model!, "embed");
  const [chat, vision, judge, embed] = await Promise.all([
    connect("chat"),
    connect("vision"),
    connect("judge"),
    options.embed ?? connectEmbedder(config, embedName, { request, local, registry }),
  ]);
  const reranker = choices.reranker.model
    ? connectReranker(parseModelName(choices.reranker.model, "reranker"), { local })
    : undefined;
  const reports = toReports(choices);
  if (options.embed) reports[2] = { role: "embed", model: options.embed.id, reason: "given by the program" };
  return { chat, vision, judge, reranker, embed, describe: () => reports };
}

/** What {@link Models.describe} would say, without opening any model. */
export async function describeModels(
  config: Config,
  options: Pick<OpenModelsOptions, "sources" | "probeTimeoutMs"> = {},
): Promise<RoleReport[]> {
  return toReports(await chooseModels(config, options));
}

function toReports(choices: Awaited<ReturnType<typeof chooseModels>>): RoleReport[] {
  return (["chat", "vision", "embed", "judge", "reranker"] as const).map((role) => ({
    role,
    model: choices[role].model ?? null,
    reason: choices[role].reason,
  }));
}
