import { ArgumentError } from "@loam/core";
import {
  type AttentionViewer,
  type ClipSize,
  findVideoModel,
  openAttention,
  openGenerator,
  shippedModels,
  type VideoGenerator,
  type VideoModel,
} from "@loam/video";
import { ModelNotFoundError } from "../generation/errors.ts";

/** What a model can be asked for, in the words of a request. */
interface VideoOffer {
  /** `32x32` */
  sizes: string[];
  /** Whole seconds, as text. */
  seconds: string[];
}

/** Models that were trained here, which come and go. */
export interface TrainedVideoModels {
  names(): Promise<readonly string[]>;
  /** The folder of one on this machine; undefined where there is none. */
  folder(name: string): Promise<string | undefined>;
}

const noneTrained: TrainedVideoModels = { names: async () => [], folder: async () => undefined };

/** The video models that are served, by the names that clients give. */
export class VideoCatalogue {
  readonly #named: () => Readonly<Record<string, string>>;
  readonly #trained: TrainedVideoModels;
  readonly #models = new Map<string, Promise<VideoModel>>();
  #open: { name: string; generator: VideoGenerator } | undefined;
  #viewer: { key: string; viewer: Promise<AttentionViewer> } | undefined;

  /**
   * @param named other names, and models in folders: `{ "sora-2": "moving-digits" }`
   * @param trained models that were trained here; they come last
   */
  constructor(named: () => Readonly<Record<string, string>> = () => ({}), trained: TrainedVideoModels = noneTrained) {
    this.#named = named;
    this.#trained = trained;
  }

  /** Every name that may be asked for. */
  async names(): Promise<string[]> {
    return [...new Set([...Object.keys(this.#named()), ...shippedModels(), ...(await this.#trained.names())])];
  }

  /**
   * The model of a name; left out, the first.
   *
   * @throws {ModelNotFoundError} naming those that there are.
   */
  async find(name?: string): Promise<{ name: string; model: VideoModel }> {
    const known = await this.names();
    const wanted = name ?? known[0];
    if (wanted === undefined || !known.includes(wanted)) throw new ModelNotFoundError(wanted ?? "(none)", known);
    let model = this.#models.get(wanted);
    if (!model) {
      model = this.#placeOf(wanted).then(findVideoModel);
      this.#models.set(wanted, model);
      model.catch(() => this.#models.delete(wanted));
    }
    return { name: wanted, model: await model };
  }

  async #placeOf(name: string): Promise<string> {
    const named = this.#named()[name];
    if (named !== undefined || shippedModels().includes(name)) return named ?? name;
    return (await this.#trained.folder(name)) ?? name;
  }

  /** Lets go of a model whose files have changed or are gone: it is opened anew when it is asked for again. */
  async forget(name: string): Promise<void> {
    this.#models.delete(name);
    if (this.#open?.name === name) await this.release();
    const viewer = this.#viewer;
    if (viewer === undefined || (JSON.parse(viewer.key) as [string])[0] !== name) return;
    this.#viewer = undefined;
    await viewer.viewer.then((one) => one.close()).catch(() => {}); // it never opened
  }

  /** A generator of a model; the one before is closed, so that one model's memory is held at a time. */
  async generator(name: string): Promise<VideoGenerator> {
    if (this.#open?.name === name) return this.#open.generator;
    await this.release();
    const { model } = await this.find(name);
    this.#open = { name, generator: openGenerator(model) };
    return this.#open.generator;
  }

  /** A model whose attention can be looked at, on clips of one size; the one before is closed. */
  async attention(name: string, size: ClipSize): Promise<AttentionViewer> {
    const { model } = await this.find(name);
    const key = JSON.stringify([name, size]);
    if (this.#viewer?.key !== key) {
      const before = this.#viewer;
      this.#viewer = { key, viewer: openAttention(model, { size }) };
      void before?.viewer.then((viewer) => viewer.close()).catch(() => {}); // it never opened
    }
    return await this.#viewer!.viewer;
  }

  /** Frees the weights and working memory of the generator that is open. */
  async release(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    await open?.generator.close();
  }

  async close(): Promise<void> {
    await this.release();
    const viewer = this.#viewer;
    this.#viewer = undefined;
    await viewer?.viewer.then((one) => one.close()).catch(() => {}); // it never opened
  }
}

const offerOf = ({ sizes, config: { framesPerSecond } }: VideoModel): VideoOffer => ({
  sizes: [...new Set(sizes.map(({ width, height }) => `${width}x${height}`))],
  seconds: [...new Set(sizes.map(({ frames }) => `${frames / framesPerSecond}`))],
});

/**
 * The clip that a request means; what it leaves out is the model's first.
 *
 * @throws {ArgumentError} naming what the model can make.
 */
export function sizeFor(
  model: VideoModel,
  { size, seconds }: { size?: string; seconds?: string },
): { clip: ClipSize; size: string; seconds: string } {
  const offer = offerOf(model);
  const list = (values: readonly string[]) => values.map((value) => `"${value}"`).join(", ");
  if (size !== undefined && !offer.sizes.includes(size))
    throw new ArgumentError("size", size, `one of ${list(offer.sizes)}, which ${model.name} was trained on`);
  if (seconds !== undefined && !offer.seconds.includes(seconds))
    throw new ArgumentError("seconds", seconds, `one of ${list(offer.seconds)}, which ${model.name} was trained on`);
  const { framesPerSecond } = model.config;
  const clip = model.sizes.find(
    ({ width, height, frames }) =>
      (size === undefined || `${width}x${height}` === size) &&
      (seconds === undefined || `${frames / framesPerSecond}` === seconds),
  );
  if (!clip)
    throw new ArgumentError("size", `${size} for ${seconds} seconds`, "a size and a length that were trained together");
  return { clip, size: `${clip.width}x${clip.height}`, seconds: `${clip.frames / framesPerSecond}` };
}

/** @throws {ArgumentError} when it is none of the three. */
export function variantOf(name: string | undefined): VideoVariant {
  const variant = videoVariants.find((known) => known === (name ?? "video"));
  if (!variant) throw new ArgumentError("variant", name, videoVariants.map((one) => `"${one}"`).join(", "));
  return variant;
}

const videoVariants = ["video", "thumbnail", "spritesheet"] as const;
export type VideoVariant = (typeof videoVariants)[number];
