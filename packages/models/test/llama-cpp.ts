import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** What is used here of the binding that node-llama-cpp drives llama.cpp with. */
interface Binding {
  AddonModel: new (path: string, params: object) => AddonModel;
  AddonModelLora: new (model: AddonModel, path: string) => object;
  AddonContext: new (model: AddonModel, params: object) => AddonContext;
  AddonSampler: new (model: AddonModel) => { applyConfig(config: object): void; dispose(): void };
  setLogger(logger: (level: number, message: string) => void): void;
  setLoggerLogLevel(level: number): void;
  loadBackends(folder?: string): void;
  init(): Promise<void>;
}
interface AddonModel {
  init(): Promise<boolean>;
  loadLora(lora: object): Promise<void>;
  dispose(): Promise<void>;
  tokenize(text: string, specialTokens: boolean): Uint32Array;
  detokenize(ids: Uint32Array, specialTokens?: boolean): string;
  shouldPrependBosToken(): boolean;
  tokenEos(): number;
  isEogToken(id: number): boolean;
}
interface AddonContext {
  init(): Promise<boolean>;
  dispose(): Promise<void>;
  initBatch(size: number): void;
  addToBatch(sequence: number, first: number, ids: Uint32Array, logits: Uint32Array): Uint32Array;
  decodeBatch(): Promise<void>;
  setLoras(loras: object[], scales: number[]): void;
  sampleToken(
    index: number,
    sampler: object,
    probabilities: boolean,
    confidence: boolean,
    logits: boolean,
  ): Promise<[number, unknown, unknown, number[]]>;
}

const folder = (() => {
  try {
    return dirname(createRequire(import.meta.url).resolve("@node-llama-cpp/linux-x64"));
  } catch {
    return undefined;
  }
})();

/** Whether llama.cpp's binary is installed: an optional dependency, for Linux on x64. */
export const hasLlamaCpp = folder !== undefined;

let binding: Promise<Binding> | undefined;
const messages: string[] = [];

async function load(): Promise<Binding> {
  const bins = join(folder!, "../bins/linux-x64");
  const loaded = createRequire(import.meta.url)(join(bins, "llama-addon.node")) as Binding;
  loaded.setLogger((_, message) => messages.push(message));
  loaded.setLoggerLogLevel(3); // warnings and errors
  loaded.loadBackends();
  loaded.loadBackends(bins);
  await loaded.init();
  return loaded;
}

/** A model that llama.cpp runs, with an adapter or without. */
export interface LlamaCpp {
  /** Logits after the last of the ids. */
  logits(ids: readonly number[]): Promise<Float32Array>;
  /** The ids that greedy decoding appends. */
  greedy(ids: readonly number[], count: number): Promise<number[]>;
  model: AddonModel;
  close(): Promise<void>;
}

/** @throws {Error} with llama.cpp's own words when it refuses a file. */
export async function openLlamaCpp(path: string, { lora }: { lora?: string } = {}): Promise<LlamaCpp> {
  binding ??= load();
  const loaded = await binding;
  messages.length = 0;
  const model = new loaded.AddonModel(path, { addonExports: loaded, gpuLayers: 0, useMmap: true, checkTensors: true });
  if (!(await model.init())) throw new Error(`llama.cpp does not load ${path}: ${messages.join("")}`);
  const adapter = lora === undefined ? undefined : new loaded.AddonModelLora(model, lora);
  if (adapter) {
    await model.loadLora(adapter).catch((error) => {
      throw new Error(`llama.cpp does not load ${lora}: ${error.message} ${messages.join("")}`);
    });
  }
  const sampler = new loaded.AddonSampler(model);
  sampler.applyConfig({ temperature: 0 });

  async function logits(ids: readonly number[]): Promise<Float32Array> {
    const context = new loaded.AddonContext(model, {
      contextSize: 256,
      batchSize: 256,
      sequences: 1,
      threads: 1,
      flashAttention: false,
      kvCacheKeyType: 0, // F32; half precision otherwise
      kvCacheValueType: 0,
    });
    if (!(await context.init())) throw new Error(`llama.cpp makes no context: ${messages.join("")}`);
    if (adapter) context.setLoras([adapter], [1]);
    context.initBatch(ids.length);
    const [index] = context.addToBatch(0, 0, Uint32Array.from(ids), Uint32Array.of(ids.length - 1));
    await context.decodeBatch();
    const [, , , pairs] = await context.sampleToken(index!, sampler, false, false, true);
    await context.dispose();
    const result = new Float32Array(pairs.length / 2);
    for (let i = 0; i < pairs.length; i += 2) result[pairs[i]!] = pairs[i + 1]!;
    return result;
  }
  return {
    model,
    logits,
    async greedy(ids, count) {
      const all = [...ids];
      for (let i = 0; i < count; i++) {
        const values = await logits(all);
        all.push(values.indexOf(Math.max(...values)));
      }
      return all.slice(ids.length);
    },
    async close() {
      sampler.dispose();
      await model.dispose();
    },
  };
}
