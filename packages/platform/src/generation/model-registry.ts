import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { LanguageModelV4 } from "@ai-sdk/provider";
import { type Config, throwIfCancelled } from "@loam/core";
import { architectures, type Embedder, ggufFacts, listModels, modelAtHand, type TextGenerator } from "@loam/models";
import {
  connectEmbedder,
  connectLanguageModel,
  openLocalGenerator,
  parseModelName,
  type RoleReport,
} from "@loam/providers";
import { ModelNotFoundError } from "./errors.ts";
import { functionCallers } from "./function-callers.ts";
import { pathNames, withoutPaths } from "./path-names.ts";

/** A model that this machine serves. */
export interface ServedModel {
  /** What clients call it. */
  id: string;
  /** `provider:model`, as the configuration names models. */
  target: string;
  makes: "text" | "vectors";
  /** Unix seconds: when the files were written, for a remote model when the server started. */
  created: number;
  ownedBy: string;
  /** The most tokens it reads and writes together; undefined until it is known. */
  contextLength?: number;
  /** What clients may say instead of the id. */
  aliases?: readonly string[];
  /** What it is called where another model has the id already. */
  distinctId?: string;
  /** Fetches it to this machine, where another one may have made it. @returns the target to open. */
  ready?: () => Promise<string>;
  /** Takes the model away; left out, it cannot be. */
  remove?: () => Promise<void>;
}

/** Models that come and go, such as fine-tuned ones. */
export interface ModelSource {
  list(): Promise<readonly ServedModel[]>;
}

/** A model ready to write. */
export type OpenedModel =
  | { kind: "local"; served: ServedModel; generator: TextGenerator }
  | { kind: "remote"; served: ServedModel; languageModel: LanguageModelV4 };

export interface ModelRegistryOptions {
  /** The configuration in force. */
  config: () => Config;
  /** Which model plays which role. */
  roles: () => readonly RoleReport[];
  /** The embedder of the `embed` role. */
  embedder: () => Embedder;
}

const forwardTo = "openai";
/** What OpenAI calls its models that write text, fine-tuned ones too. */
const openAiModel = /^(ft:)?(gpt-|chatgpt-|o\d)[\w.:-]*$/;

/** Every model this machine serves, by the ids clients know. */
export class ModelRegistry {
  readonly #options: ModelRegistryOptions;
  readonly #sources: ModelSource[] = [];
  readonly #startedSeconds = Math.floor(Date.now() / 1000);

  constructor(options: ModelRegistryOptions) {
    this.#options = options;
    this.addSource({ list: () => this.#configured() });
    this.addSource({ list: () => this.#cached() });
  }

  addSource(source: ModelSource): void {
    this.#sources.push(source);
  }

  /** In the order of the sources; of two with one id the first, unless they lie in different places. */
  async list(): Promise<ServedModel[]> {
    const byId = new Map<string, ServedModel>();
    for (const source of this.#sources) {
      for (const model of await source.list()) {
        const first = byId.get(model.id);
        const id = first && first.target !== model.target ? (model.distinctId ?? model.id) : model.id;
        if (!byId.has(id)) byId.set(id, { ...model, id });
      }
    }
    for (const model of functionCallers([...byId.values()])) if (!byId.has(model.id)) byId.set(model.id, model);
    const aliases = Object.entries(this.#options.config().server.aliases ?? {});
    for (const [alias, target] of aliases) {
      const model = find([...byId.values()], target);
      if (model && !byId.has(alias)) byId.set(alias, { ...model, id: alias, remove: undefined });
    }
    return [...byId.values()];
  }

  /** Who is asked for a model that goes by a name of OpenAI's; undefined where it, or what has the name, is on this machine. */
  async forwardedTo(id: string): Promise<string | undefined> {
    if (!openAiModel.test(id)) return undefined;
    const model = find(await this.list(), id) ?? this.#forwarded(id);
    return model?.target.startsWith(`${forwardTo}:`) ? forwardTo : undefined;
  }

  /** A model of OpenAI's, where the configuration lets such requests go there and there is a key. */
  #forwarded(id: string): ServedModel | undefined {
    const { server, providers } = this.#options.config();
    if (!server.forward || !providers[forwardTo]?.apiKey || !openAiModel.test(id)) return undefined;
    const created = this.#startedSeconds;
    return { id, target: `${forwardTo}:${id}`, makes: "text", created, ownedBy: forwardTo };
  }

  /** @throws {ModelNotFoundError} naming the nearest id. */
  async find(id: string): Promise<ServedModel> {
    const models = await this.list();
    const model = find(models, id) ?? this.#forwarded(id);
    if (!model)
      throw new ModelNotFoundError(
        id,
        models.map((known) => known.id),
      );
    return model;
  }

  /** Opens a model that writes text. @throws {ModelNotFoundError} also where the model makes vectors only. */
  async open(id: string, { signal }: { signal?: AbortSignal } = {}): Promise<OpenedModel> {
    throwIfCancelled(signal, "Opening a model");
    const served = await this.find(id);
    if (served.makes !== "text") {
      const writers = (await this.list()).filter(({ makes }) => makes === "text");
      throw new ModelNotFoundError(
        id,
        writers.map((known) => known.id),
      );
    }
    const name = parseModelName((await served.ready?.()) ?? served.target, "chat");
    if (name.provider === "local") {
      const generator = await openLocalGenerator(name.model).catch((error) => {
        throw withoutPaths(error, name.model, served.id);
      });
      return { kind: "local", served, generator };
    }
    const languageModel = await connectLanguageModel(this.#options.config(), name, { role: "chat" });
    return { kind: "remote", served, languageModel };
  }

  /**
   * Opens a model that makes vectors.
   *
   * @throws {ModelNotFoundError}
   */
  async openEmbedder(id: string): Promise<Embedder> {
    const models = (await this.list()).filter(({ makes }) => makes === "vectors");
    const served = find(models, id);
    if (!served)
      throw new ModelNotFoundError(
        id,
        models.map((known) => known.id),
      );
    if (served.target === this.#embedTarget()) return this.#options.embedder();
    const name = parseModelName(served.target, "embed");
    return await connectEmbedder(this.#options.config(), name).catch((error) => {
      throw withoutPaths(error, name.model, served.id);
    });
  }

  #embedTarget(): string {
    const report = this.#options.roles().find(({ role }) => role === "embed");
    return report?.model ?? this.#options.embedder().id;
  }

  async #configured(): Promise<ServedModel[]> {
    const { server } = this.#options.config();
    const roles = this.#options.roles().flatMap(({ role, model }) => (model && role !== "embed" ? [model] : []));
    // A name of the registry is served as what it stands for now, by a source of its own.
    const targets = [...new Set([...(server.models ?? []), ...roles])].filter((name) => !name.startsWith("registry:"));
    const texts = await Promise.all(targets.map((target) => this.#served(target, "text")));
    const embed = await this.#served(this.#embedTarget(), "vectors");
    return [...texts, { ...embed, aliases: [...(embed.aliases ?? []), "embed", this.#options.embedder().id] }];
  }

  async #served(target: string, makes: "text" | "vectors"): Promise<ServedModel> {
    const [, provider, model] = /^([^:]+):(.*)$/.exec(target) ?? ["", "local", target];
    const isLocal = provider === "local";
    const created = isLocal ? await writtenSeconds(model!) : undefined;
    const contextLength = isLocal && makes === "text" ? await contextLengthOf(model!) : undefined;
    const names = isLocal ? pathNames(model!) : undefined;
    return {
      id: names?.id ?? model!,
      ...(names && { distinctId: names.distinctId }),
      target: `${provider}:${model}`,
      makes,
      created: created ?? this.#startedSeconds,
      ownedBy: provider === "local" ? "loam" : provider!,
      // What is stored under the path goes on to work.
      aliases: [
        target,
        ...(names ? [model!, `local:${names.id}`, names.distinctId, ...(names.stem ? [names.stem] : [])] : []),
      ],
      ...(contextLength !== undefined && { contextLength }),
    };
  }

  async #cached(): Promise<ServedModel[]> {
    const models = await Promise.all(
      (await listModels()).map(async (model) => ({ ...model, makes: await makes(model.path) })),
    );
    return Promise.all(
      models.flatMap(({ id, path, makes }) => {
        if (!makes) return [];
        const served = this.#served(`local:${id}`, makes);
        return [
          served.then(async (model) => {
            const contextLength = makes === "text" ? await contextLengthOf(path) : undefined;
            const created = (await writtenSeconds(path)) ?? model.created;
            const short = modelAtHand(id)?.name;
            const aliases = [...(model.aliases ?? []), ...(short === undefined ? [] : [short])];
            return { ...model, created, aliases, ...(contextLength !== undefined && { contextLength }) };
          }),
        ];
      }),
    );
  }
}

function find(models: readonly ServedModel[], id: string): ServedModel | undefined {
  return models.find((model) => model.id === id) ?? models.find((model) => model.aliases?.includes(id));
}

/** What a checkpoint of an architecture that Loam runs makes; undefined for others. */
async function makes(folder: string): Promise<ServedModel["makes"] | undefined> {
  if (folder.endsWith(".gguf")) return "text";
  const text = await readFile(join(folder, "config.json"), "utf8").catch(() => "{}");
  const { model_type: type } = JSON.parse(text) as { model_type?: string };
  const found = architectures.find(({ modelTypes }) => modelTypes.includes(type as string));
  return found && (found.kind === "decoder" ? "text" : "vectors");
}

interface Positions {
  max_position_embeddings?: number;
}

/** The most positions of a checkpoint in a folder (below an adapter, its base's); undefined where it is not told. */
async function contextLengthOf(model: string): Promise<number | undefined> {
  const base = model.split("+/")[0]!;
  if (base.endsWith(".gguf")) return (await ggufFacts(base).catch(() => undefined))?.contextLength;
  const text = await readFile(join(base, "config.json"), "utf8").catch(() => "{}");
  const config = JSON.parse(text) as { n_positions?: number; text_config?: Positions } & Positions;
  const length = config.max_position_embeddings ?? config.n_positions ?? config.text_config?.max_position_embeddings;
  return typeof length === "number" ? length : undefined;
}

async function writtenSeconds(path: string): Promise<number | undefined> {
  const facts = await stat(path.split("+").at(-1)!).catch(() => undefined);
  return facts && Math.floor(facts.mtimeMs / 1000);
}
