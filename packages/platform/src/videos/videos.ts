import { ArgumentError, InputError, NotFoundError } from "@loam/core";
import type { Store } from "@loam/store";
import { type Look, readClip, readPicture } from "@loam/video";
import { cancelWork, startWork } from "@loam/work";
import { z } from "zod";
import { Collection, StateError, unixSeconds } from "../objects/collection.ts";
import { newObjectId } from "../objects/ids.ts";
import type { Page, PageQuery } from "../objects/page.ts";
import type { NoteEvent } from "../webhooks/webhooks.ts";
import type { CharacterBody, StoredCharacter, StoredVideo, VideoBody, VideoOrigin } from "./types.ts";
import { sizeFor, type VideoCatalogue, type VideoVariant } from "./video-catalogue.ts";
import {
  bytesOf,
  characterKey,
  fileKey,
  fileKinds,
  filmKey,
  firstPicture,
  framesKey,
  unreadable,
} from "./video-files.ts";
import { checkPrompt, checkSampling, type VideoReference, type VideoRequest, wordsOf } from "./video-request.ts";

export const videoKindName = "video";

const Input = z.object({ project: z.string(), id: z.string() });

export type VideoInput = z.infer<typeof Input>;

export const parseVideoInput = (input: unknown): VideoInput => Input.parse(input);

/** How much of a clip an edit and a remix leave: noise is mixed in up to this time. */
const editStrength = 0.85;

const remixStrength = 0.95;

/** How long files are kept after a video is done. */
const filesLiveSeconds = 30 * 24 * 3600;

/** Videos: rows that are made by work, and files that are blobs. */
export class Videos {
  readonly #store: Store;
  readonly #catalogue: VideoCatalogue;
  readonly #rows: Collection<VideoBody>;
  readonly #characters: Collection<CharacterBody>;

  readonly #note: NoteEvent;

  constructor(store: Store, catalogue: VideoCatalogue, note: NoteEvent) {
    this.#store = store;
    this.#note = note;
    this.#catalogue = catalogue;
    this.#rows = new Collection(store.db, "video");
    this.#characters = new Collection(store.db, "video_character", "character");
  }

  /**
   * Accepts a video: when this resolves it is on disk, and will be made.
   *
   * @throws {ArgumentError} for a prompt, size or length that the model cannot do, saying what it can.
   */
  async create(project: string, request: VideoRequest): Promise<StoredVideo> {
    const { name, model } = await this.#catalogue.find(request.model);
    const { clip, size, seconds } = sizeFor(model, request);
    const named = await this.#characterIn(project, request.prompt);
    const prompt = named ? named.rest : request.prompt;
    checkPrompt(model, prompt);
    const sampling = checkSampling(request);
    const picture = request.picture ?? (named && (await this.#store.blobs.get(characterKey(named.character.id))));
    let origin: VideoOrigin = { kind: "prompt" };
    const id = newObjectId("video");
    if (picture) {
      const frame = await readPicture(picture, { ...clip, channels: model.channels }).catch((cause) => {
        throw unreadable("input_reference", "a picture as PNG, JPEG, WebP or GIF", cause);
      });
      origin = { kind: "picture", blob: await this.#keepFloats(id, frame) };
    }
    return await this.#accept(project, id, {
      model: name,
      localModel: model.name,
      prompt: request.prompt,
      size,
      seconds,
      origin,
      remixedFrom: null,
      ...sampling,
    });
  }

  /** A video like another one with another prompt: it begins from that one, with most of it turned to noise. */
  async remix(project: string, from: string, prompt: string): Promise<StoredVideo> {
    await this.#rows.get(project, from);
    return await this.#change(project, { id: from }, prompt, remixStrength, from);
  }

  /** A clip changed as a prompt says. */
  async edit(project: string, source: VideoReference, prompt: string): Promise<StoredVideo> {
    return await this.#change(project, source, prompt, editStrength, "id" in source ? source.id : null);
  }

  /**
   * A clip that goes on for some seconds; the result holds both.
   *
   * @throws {ArgumentError} unless seconds are whole, from 1 to 60.
   */
  async extend(
    project: string,
    source: VideoReference,
    { prompt, seconds }: { prompt: string; seconds: string },
  ): Promise<StoredVideo> {
    const { name, model, clip, size, data } = await this.#sourceClip(project, source);
    checkPrompt(model, prompt);
    const { framesPerSecond } = model.config;
    if (!/^\d{1,3}$/.test(seconds) || Number(seconds) < 1 || Number(seconds) > 60)
      throw new ArgumentError("seconds", seconds, "whole seconds from 1 to 60, as text");
    const id = newObjectId("video");
    const frames = data.length / (model.channels * clip.height * clip.width);
    const total = frames / framesPerSecond + Number(seconds);
    const origin: VideoOrigin = { kind: "extension", blob: await this.#keepFloats(id, data), frames };
    const fields = { model: name, localModel: model.name, prompt, size, seconds: `${total}` };
    return await this.#accept(project, id, { ...fields, origin, remixedFrom: "id" in source ? source.id : null });
  }

  async get(project: string, id: string): Promise<StoredVideo> {
    return await this.#rows.get(project, id);
  }

  async page(project: string, query: PageQuery): Promise<Page<StoredVideo>> {
    return await this.#rows.page(project, query);
  }

  /** Takes a video and its files away; one that is being made is stopped first. */
  async remove(project: string, id: string): Promise<void> {
    const { body } = await this.#rows.remove(project, id);
    if (body.workId) await cancelWork(this.#store, body.workId).catch(() => {}); // it is settled, or gone
    await this.#dropFiles(id);
  }

  /**
   * A file of a video that is done.
   *
   * @throws {StateError} while it is being made, or when it failed. @throws {NotFoundError} when its files have expired.
   */
  async content(
    project: string,
    id: string,
    variant: VideoVariant,
  ): Promise<{ bytes: Uint8Array; contentType: string; filename: string }> {
    const { status, body } = await this.get(project, id);
    if (status !== "completed")
      throw new StateError(
        `The video ${id} is ${status.replace("_", " ")}: it has no content${status === "failed" ? "" : " yet"}.`,
        {
          details: { id, status },
          hint: status === "failed" ? "make it again" : "retrieve it until its status is completed",
        },
      );
    if (body.filesUntil !== null && body.filesUntil <= unixSeconds(new Date()))
      throw new NotFoundError("content of the video", id, { hint: "its files have expired; make it again" });
    const { contentType, extension } = fileKinds[variant];
    const bytes = await this.#store.blobs.get(fileKey(id, variant));
    return { bytes, contentType, filename: `${id}${variant === "video" ? "" : `-${variant}`}.${extension}` };
  }

  /** The film strip of its denoising so far, as WebP. @throws {NotFoundError} before the first step. */
  async film(project: string, id: string): Promise<Uint8Array> {
    await this.get(project, id);
    return await this.#store.blobs.get(filmKey(id));
  }

  /** The frames of a video that is done, as its model made them, with the model. */
  async frames(project: string, id: string) {
    const { model, clip, data } = await this.#sourceClip(project, { id }, { whole: true });
    return { model, clip: { ...clip, channels: model.channels, data } };
  }

  /** Where a patch of a video that is done looks, once the clip has turned to noise up to a time. */
  async look(project: string, id: string, { patch, time }: { patch: number; time: number }): Promise<Look> {
    const { body } = await this.get(project, id);
    const { name, clip, data } = await this.#sourceClip(project, { id }, { whole: true });
    const viewer = await this.#catalogue.attention(name, clip);
    return await viewer.look({ prompt: wordsOf(body.prompt), clip: data, seed: body.seed, patch, time });
  }

  /** Lets go of a model that is no longer there, or is another one now. */
  async forgetModel(name: string): Promise<void> {
    await this.#catalogue.forget(name);
  }

  /** The models that videos can be asked of. */
  async models() {
    return await Promise.all((await this.#catalogue.names()).map(async (name) => await this.#catalogue.find(name)));
  }

  /**
   * Keeps a character: a name for the first picture of a clip, which prompts call by `@name`.
   *
   * @throws {ArgumentError} for a name that prompts cannot call.
   */
  async createCharacter(
    project: string,
    { name, bytes }: { name: string; bytes: Uint8Array },
  ): Promise<StoredCharacter> {
    if (!/^[\p{L}\p{N}_-]{1,80}$/u.test(name))
      throw new ArgumentError("name", name, "1 to 80 letters, digits, `-` or `_`, to be called by `@name` in prompts");
    const picture = await firstPicture(bytes).catch((cause) => {
      throw unreadable("video", "a clip as GIF, WebP, MP4 or WebM", cause);
    });
    const row = await this.#characters.insert({ project, body: { name } });
    await this.#store.blobs.put(characterKey(row.id), picture);
    return row;
  }

  async getCharacter(project: string, id: string): Promise<StoredCharacter> {
    return await this.#characters.get(project, id);
  }

  /** Files whose time is over go; the videos themselves stay in the list. */
  async sweep(): Promise<void> {
    for (const { project, id } of await this.#rows.expired()) {
      await this.#dropFiles(id);
      await this.#rows.update(project, id, { expiresAt: null });
    }
  }

  // What the work does.

  async findForWork(id: string): Promise<StoredVideo | undefined> {
    return await this.#rows.findAnywhere(id);
  }

  async note(project: string, id: string, change: { status?: "in_progress"; progress?: number }): Promise<void> {
    const { status, ...body } = change;
    await this.#rows.update(project, id, { ...(status && { status }), body });
  }

  async floats(blob: string): Promise<Float32Array> {
    const bytes = await this.#store.blobs.get(blob);
    return new Float32Array(new Uint8Array(bytes).buffer);
  }

  /** Keeps the files of a video, then says that it is done. */
  async complete(
    project: string,
    id: string,
    { frames, files }: { frames: Float32Array; files: Readonly<Record<VideoVariant, Uint8Array>> },
  ): Promise<void> {
    await this.#store.blobs.put(framesKey(id), bytesOf(frames));
    for (const [variant, bytes] of Object.entries(files) as [VideoVariant, Uint8Array][])
      await this.#store.blobs.put(fileKey(id, variant), bytes, { contentType: fileKinds[variant].contentType });
    const completedAt = unixSeconds(new Date());
    const filesUntil = completedAt + filesLiveSeconds;
    await this.#rows.update(project, id, async (_, tx) => {
      await this.#note(tx, { project, type: "video.completed", id });
      return {
        status: "completed",
        expiresAt: new Date(filesUntil * 1000),
        body: { progress: 100, completedAt, filesUntil, error: null },
      };
    });
  }

  async fail(project: string, id: string, error: { code: string; message: string }): Promise<void> {
    await this.#rows.update(project, id, async (_, tx) => {
      await this.#note(tx, { project, type: "video.failed", id });
      return { status: "failed", body: { error, completedAt: unixSeconds(new Date()) } };
    });
  }

  /** Keeps the pictures of the steps so far: a column for each, the noisy frame above the model's guess of it. */
  async keepFilm(id: string, picture: Uint8Array): Promise<void> {
    await this.#store.blobs.put(filmKey(id), picture, { contentType: "image/webp" });
  }

  /** Starts what was accepted by a process that died before it could queue it. */
  async recover(): Promise<void> {
    for (const { project, id } of await this.#rows.inState(["queued", "in_progress"])) await this.#start(project, id);
  }

  async #accept(
    project: string,
    id: string,
    fields: Pick<VideoBody, "model" | "localModel" | "prompt" | "size" | "seconds" | "origin" | "remixedFrom"> &
      Partial<Pick<VideoBody, "seed" | "guidance" | "steps">>,
  ): Promise<StoredVideo> {
    const empty = { progress: 0, error: null, completedAt: null, filesUntil: null, workId: null };
    const seed = Math.floor(Math.random() * 2 ** 31);
    await this.#rows.insert({ project, id, status: "queued", body: { seed, ...fields, ...empty } });
    return await this.#start(project, id);
  }

  async #start(project: string, id: string): Promise<StoredVideo> {
    const work = await startWork(
      this.#store,
      { name: videoKindName, parse: parseVideoInput },
      { project, id },
      { name: id, owner: project, key: id },
    );
    return await this.#rows.update(project, id, { body: { workId: work.id } });
  }

  async #change(project: string, source: VideoReference, prompt: string, strength: number, from: string | null) {
    const { name, model, size, seconds, data } = await this.#sourceClip(project, source, { whole: true });
    checkPrompt(model, prompt);
    const id = newObjectId("video");
    const origin: VideoOrigin = { kind: "change", blob: await this.#keepFloats(id, data), strength };
    return await this.#accept(project, id, {
      model: name,
      localModel: model.name,
      prompt,
      size,
      seconds,
      origin,
      remixedFrom: from,
    });
  }

  /** The frames of a video that was made here, or of an upload; `whole` makes them as long as the model's clips. */
  async #sourceClip(project: string, source: VideoReference, { whole = false } = {}) {
    if ("bytes" in source) {
      const { name, model } = await this.#catalogue.find();
      const { clip, size, seconds } = sizeFor(model, {});
      const data = await readClip(source.bytes, { ...clip, channels: model.channels }).catch((cause) => {
        throw unreadable("video", "a clip as GIF, WebP, MP4 or WebM", cause);
      });
      return { name, model, clip, size, seconds, data };
    }
    const row = await this.#rows.find(project, source.id);
    if (!row)
      throw new InputError("invalid_argument", `\`video\`: there is no video ${JSON.stringify(source.id)}.`, {
        details: { name: "video", id: source.id },
        hint: "`GET /v1/videos` lists them",
      });
    if (row.status !== "completed")
      throw new StateError(
        `The video ${row.id} is ${row.status.replace("_", " ")}; only a completed one can be worked on.`,
        {
          details: { id: row.id, status: row.status },
          hint: "wait until its status is `completed`",
        },
      );
    const { name, model } = await this.#catalogue.find(row.body.model);
    const clip = sizeFor(model, { size: row.body.size });
    const data = await this.floats(framesKey(row.id));
    const each = model.channels * clip.clip.frames * clip.clip.height * clip.clip.width;
    return { name, model, ...clip, data: whole ? data.slice(0, each) : data };
  }

  async #characterIn(project: string, prompt: string) {
    const called = /@([\p{L}\p{N}_-]+)/u.exec(prompt);
    if (!called) return undefined;
    const { data } = await this.#characters.page(project, { limit: 1, order: "desc" }, { body: { name: called[1] } });
    if (!data[0])
      throw new ArgumentError(
        "prompt",
        prompt,
        `a character called "${called[1]}"; there is none`,
        "make it with POST /v1/videos/characters",
      );
    return { character: data[0], rest: prompt.replace(called[0], " ").trim() };
  }

  async #keepFloats(id: string, data: Float32Array): Promise<string> {
    const key = `videos/${id}/source`;
    await this.#store.blobs.put(key, bytesOf(data));
    return key;
  }

  async #dropFiles(id: string): Promise<void> {
    const keys = [
      `videos/${id}/source`,
      framesKey(id),
      filmKey(id),
      ...(Object.keys(fileKinds) as VideoVariant[]).map((v) => fileKey(id, v)),
    ];
    for (const key of keys) await this.#store.blobs.delete(key).catch(() => {}); // it never was
  }
}
