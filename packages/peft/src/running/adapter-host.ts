import { ArgumentError, NotFoundError } from "@loam/core";
import type { Value } from "@loam/graph";
import {
  type AdaptedGenerators,
  type AdapterSessionOptions,
  type Company,
  type DecoderModel,
  type GenerateOptions,
  type Generation,
  Modules,
  readVirtualTokens,
  TextGenerator,
  type TextPart,
} from "@loam/models";
import { type Adapter, readAdapter } from "../files/adapter-files.ts";
import { fitAdapter } from "../files/fit-adapter.ts";
import { baseModelOf } from "../layers/base-model.ts";
import { type AdapterConfig, type Attachment, type BaseModel, certain } from "../layers/method.ts";
import { frozen, mapTensors, toValue, typesOf } from "../numbers/tensor-value.ts";
import { readChatForm } from "../trainer/saving/chat-form.ts";
import { type SessionLease, SharedSessions } from "./shared-sessions.ts";

export interface AdapterChoice {
  /** The name that an adapter was loaded under; left out, the base model answers. */
  adapter?: string;
}

interface LoadedAdapter {
  generator: TextGenerator;
  lease: SessionLease;
  /** Requests under way. */
  running: Set<Promise<unknown>>;
}

/** Opens a host for adapters of a base model; `createLocalProvider` takes it as `openAdapters`. */
export async function openAdapterHost(model: DecoderModel, options: AdapterSessionOptions = {}): Promise<AdapterHost> {
  return new AdapterHost(model, options);
}

/**
 * One base model with any number of named adapters, of which each request chooses one. On the CPU an adapter's tensors are
 * inputs of the compiled model, not part of it: adapters of one method with the same options and shapes run on one session,
 * prompts of any length on the base's own, and sessions map the base's weights from their files. So N adapters take about N
 * times an adapter's size, and the second of a kind is loaded without compiling.
 *
 * @example
 * const host = await openAdapterHost(model);
 * await host.load("formal", "adapters/formal");
 * await host.generate(["Hello"], { adapter: "formal", maxNewTokens: 40 });
 * await host.generate(["Hello"], { maxNewTokens: 40 }); // the base
 */
export class AdapterHost implements AdaptedGenerators {
  readonly model: DecoderModel;
  readonly #base: BaseModel;
  readonly #options: AdapterSessionOptions;
  readonly #sessions = new SharedSessions();
  readonly #adapters = new Map<string, Promise<LoadedAdapter>>();
  #plain: Promise<LoadedAdapter> | undefined;

  constructor(model: DecoderModel, options: AdapterSessionOptions = {}) {
    this.model = model;
    this.#base = baseModelOf(model);
    this.#options = options;
  }

  /** Names of the adapters that are loaded. */
  get adapters(): string[] {
    return [...this.#adapters.keys()];
  }

  /** Compiled models that are open now: the base's, and one for each kind of adapter. */
  get sessionCount(): number {
    return this.#sessions.size;
  }

  /**
   * Loads the adapter in a folder, or in memory, under a name.
   *
   * @throws {ArgumentError} when the name is taken. @throws {InputError} `foreign_adapter` when it is for another base.
   */
  async load(name: string, adapter: string | Adapter): Promise<void> {
    if (this.#adapters.has(name))
      throw new ArgumentError("name", name, "a name that no adapter has yet", `call unload("${name}") first`);
    await this.#loadOnce(name, adapter);
  }

  /** Forgets an adapter. Requests that it is answering are answered to the end. */
  async unload(name: string): Promise<void> {
    const loading = this.#adapters.get(name) ?? this.#missing(name);
    this.#adapters.delete(name);
    const { running, lease } = await loading;
    await Promise.allSettled(running);
    await lease.release();
  }

  /** Prompts continued side by side by the base or by one adapter. */
  async generate(
    prompts: readonly (string | readonly number[])[],
    { adapter, ...options }: GenerateOptions & AdapterChoice = {},
  ): Promise<Generation[]> {
    const loaded = await this.#find(adapter);
    return busy(loaded, loaded.generator.generate(prompts, options));
  }

  /** One prompt, continued piece by piece. */
  async *stream(
    prompt: string | readonly number[],
    { adapter, ...options }: GenerateOptions & AdapterChoice = {},
  ): AsyncGenerator<TextPart, Omit<Generation, "logprobs">> {
    const loaded = await this.#find(adapter);
    const { promise, resolve } = Promise.withResolvers<void>();
    busy(loaded, promise);
    try {
      return yield* loaded.generator.stream(prompt, options);
    } finally {
      resolve();
    }
  }

  /** A generator with the adapter in a folder, which is loaded under its path at its first use; without one, the base. */
  async open(adapterFolder?: string): Promise<TextGenerator> {
    if (adapterFolder === undefined) return (await this.#find(undefined)).generator;
    return (await (this.#adapters.get(adapterFolder) ?? this.#loadOnce(adapterFolder, adapterFolder))).generator;
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#adapters.values(), this.#plain]);
    this.#adapters.clear();
    this.#plain = undefined;
    await this.#sessions.close();
  }

  #find(name: string | undefined): Promise<LoadedAdapter> {
    if (name !== undefined) return this.#adapters.get(name) ?? this.#missing(name);
    this.#plain ??= this.#lease({}, "base", {});
    return this.#plain;
  }

  #missing(name: string): never {
    throw new NotFoundError("adapter", name, {
      known: this.adapters,
      hint: this.#adapters.size === 0 ? "none is loaded; call load(name, folder) first" : undefined,
    });
  }

  /** A loading that fails is forgotten, so that the name is free again. */
  #loadOnce(name: string, adapter: string | Adapter): Promise<LoadedAdapter> {
    const loading = this.#open(adapter);
    this.#adapters.set(name, loading);
    loading.catch(() => this.#adapters.delete(name));
    return loading;
  }

  /** With the form of conversations that the adapter was trained with. */
  async #open(adapter: string | Adapter): Promise<LoadedAdapter> {
    const chatTemplate = typeof adapter === "string" ? await readChatForm(adapter) : undefined;
    const { generator, ...loaded } = await this.#attach(adapter);
    return { ...loaded, generator: chatTemplate ? generator.withChatTemplate(chatTemplate) : generator };
  }

  async #attach(given: string | Adapter): Promise<LoadedAdapter> {
    const { method, config, tensors } = await fitAdapter(
      this.#base,
      typeof given === "string" ? await readAdapter(given) : given,
    );
    const attachment = method.attach(this.#base, config, frozen(tensors), certain);
    const { hooks, parameters } = attachment;
    const virtualTokens = await this.#virtualTokens(attachment);
    if (!hooks && !parameters) return this.#lease({}, "base", { virtualTokens });
    const types = typesOf(tensors);
    if ((this.#options.device ?? "cpu") !== "cpu") {
      // Inputs would travel to the device at every token.
      return this.#lease({ hooks, parameters }, `own ${crypto.randomUUID()}`, { virtualTokens });
    }
    const guest = {
      types,
      attach: (inputs: Parameters<typeof method.attach>[2]) => method.attach(this.#base, config, inputs, certain),
    };
    const values: Record<string, Value> = mapTensors(tensors, toValue);
    return this.#lease({ guest }, JSON.stringify([kindOf(config), types]), { tensors: values, virtualTokens });
  }

  async #virtualTokens({ past, prompt, hooks, parameters }: Attachment): Promise<Company["virtualTokens"]> {
    if (!past && !prompt) return undefined;
    const modules = new Modules(parameters ?? this.model.parameters, hooks);
    const { weights: _, ...session } = this.#options;
    return readVirtualTokens(this.model, modules, { past, prompt }, session);
  }

  async #lease(
    options: Parameters<typeof TextGenerator.open>[1],
    key: string,
    company: Company,
  ): Promise<LoadedAdapter> {
    const lease = await this.#sessions.lease(key, () =>
      TextGenerator.open(this.model, { ...this.#options, ...options }),
    );
    return { generator: lease.generator.with(company), lease, running: new Set() };
  }
}

/** What of a config decides how its tensors are computed with, not where they come from. */
function kindOf(config: AdapterConfig): AdapterConfig {
  const { base_model_name_or_path, task_type, inference_mode, peft_version, revision, auto_mapping, ...kind } = config;
  return kind;
}

/** Counts a request as under way until it ends, well or not. */
function busy<T>({ running }: LoadedAdapter, request: Promise<T>): Promise<T> {
  running.add(request);
  const done = () => void running.delete(request);
  request.then(done, done);
  return request;
}
