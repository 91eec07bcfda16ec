import { statfs } from "node:fs/promises";
import { freemem, totalmem } from "node:os";
import { type Config, type LoadedConfig, LoamError, loadConfig } from "@loam/core";
import { openWorkspace } from "../../command/workspace.ts";

/** One thing that was checked. */
export interface Finding {
  check: string;
  /** `limited` works, with something missing. */
  status: "ok" | "limited" | "failed";
  detail: string;
  /** What to do about it. */
  remedy?: string;
}

type Outcome = Omit<Finding, "check">;

/** Tries everything that Loam needs for real: opens the store, embeds a sentence, reads a picture of text. */
export async function examine({ home, signal }: { home?: string; signal: AbortSignal }): Promise<Finding[]> {
  const findings: Finding[] = [];
  const add = async (check: string, examineIt: () => Promise<Outcome | Outcome[]>) => {
    signal.throwIfAborted();
    const outcomes = await examineIt().catch(asFailure);
    for (const outcome of [outcomes].flat()) findings.push({ check, ...outcome });
  };
  let loaded: LoadedConfig | undefined;
  await add("node", async () => node());
  await add("configuration", async () => {
    loaded = await loadConfig({ flags: home ? { home } : {} });
    const files = new Set([...loaded.sources.values()].filter((source) => source.startsWith("/")));
    return { status: "ok", detail: files.size > 0 ? [...files].join(", ") : "defaults and environment" };
  });
  if (!loaded) return findings;
  const { config } = loaded;
  await add("store", () => store(home));
  await add("embedding", () => embedding(loaded!));
  await add("OCR", () => recognition());
  await add("models", () => models(loaded!));
  await add("adapters", () => adapters(home));
  await add("device", () => devices());
  await add("memory", async () => memory());
  await add("tracing", async () => tracing(config));
  return findings;
}

function asFailure(error: unknown): Outcome {
  if (error instanceof LoamError) return { status: "failed", detail: error.message };
  return { status: "failed", detail: error instanceof Error ? error.message : String(error) };
}

function node(): Outcome {
  return { status: "ok", detail: `${process.version} on ${process.platform} ${process.arch}` };
}

async function store(home: string | undefined): Promise<Outcome[]> {
  await using workspace = await openWorkspace({ home, flags: { tracing: { enabled: false } } });
  const { role, home: folder } = workspace.store;
  const kinds = {
    owner: `embedded Postgres in ${folder}`,
    client: `embedded Postgres in ${folder}, held by another Loam and reached through it`,
    server: "a Postgres server",
  };
  const outcomes: Outcome[] = [{ status: "ok", detail: kinds[role] }];
  if (role !== "server") {
    const { bavail, bsize } = await statfs(folder);
    const freeGb = (bavail * bsize) / 1e9;
    outcomes.push({
      status: freeGb > 1 ? "ok" : "limited",
      detail: `${freeGb.toFixed(1)} GB free`,
      ...(freeGb > 1 ? {} : { remedy: "make room, or set LOAM_HOME to a folder on another disk" }),
    });
  }
  return outcomes;
}

async function embedding({ config, sources }: LoadedConfig): Promise<Outcome> {
  const { openModels } = await import("@loam/providers");
  const { embed } = await openModels(
    { ...config, models: { embed: config.models.embed } },
    { sources, probeTimeoutMs: 1 },
  );
  const start = performance.now();
  const [vector] = await embed.embed(["Loam is fertile soil."]);
  return {
    status: "ok",
    detail: `${embed.id}, ${vector!.length} dimensions, ${Math.round(performance.now() - start)} ms for a sentence`,
  };
}

/** Recognises a white picture: the networks load and run, and find nothing. */
async function recognition(): Promise<Outcome> {
  const { openRecogniser } = await import("@loam/pdf");
  const recogniser = await openRecogniser();
  try {
    await recogniser.recognise({ data: new Uint8Array(64 * 64 * 3).fill(255), width: 64, height: 64, channels: 3 });
    return { status: "ok", detail: "PP-OCRv4, Chinese and English" };
  } finally {
    await recogniser.close();
  }
}

async function models({ config, sources }: LoadedConfig): Promise<Outcome[]> {
  const { describeModels } = await import("@loam/providers");
  const reports = await describeModels(config, { sources });
  const [unranked, missing] = [true, false].map((ranks) =>
    reports.filter(({ role, model }) => model === null && (role === "reranker") === ranks),
  ) as [typeof reports, typeof reports];
  return [
    ...reports.flatMap(({ role, model, reason }): Outcome[] =>
      model === null ? [] : [{ status: "ok", detail: `${role}: ${model} (${reason})` }],
    ),
    ...missing.map(
      ({ role, reason }, index): Outcome => ({
        status: "limited",
        detail: `${role}: ${reason}`,
        ...(index === missing.length - 1
          ? {
              remedy:
                "set OPENAI_API_KEY or ANTHROPIC_API_KEY, start Ollama with a model, or set LOAM_CHAT_MODEL=local:Qwen/Qwen2.5-0.5B-Instruct",
            }
          : {}),
      }),
    ),
    ...unranked.map(
      ({ role, reason }): Outcome => ({
        status: "limited",
        detail: `${role}: ${reason}`,
        remedy:
          "a cross-encoder reads question and passage together and puts the best of forty first: LOAM_RERANKER_MODEL=local:cross-encoder/ms-marco-MiniLM-L6-v2, or its folder",
      }),
    ),
  ];
}

/** Adapters where they usually are. */
async function adapters(home: string | undefined): Promise<Outcome> {
  const [{ findAdapters }, { usualFolders }] = await Promise.all([
    import("@loam/peft"),
    import("../tune/list-adapters.ts"),
  ]);
  const found = await findAdapters(await usualFolders(home));
  const names = found.slice(0, 3).join(", ") + (found.length > 3 ? ", …" : "");
  return {
    status: "ok",
    detail: found.length === 0 ? "none; `loam tune init` begins one" : `${found.length}: ${names}`,
  };
}

/** What local models can run on. */
async function devices(): Promise<Outcome[]> {
  const { describeDevices } = await import("@loam/graph");
  return describeDevices().map(({ device, usable, note, hint }) => ({
    status: usable ? "ok" : "limited",
    detail: `${device}: ${note}`,
    ...(hint ? { remedy: hint } : {}),
  }));
}

function memory(): Outcome {
  const [freeGb, totalGb] = [freemem() / 1e9, totalmem() / 1e9];
  const detail = `${freeGb.toFixed(1)} of ${totalGb.toFixed(1)} GB free`;
  return totalGb >= 2 ? { status: "ok", detail } : { status: "limited", detail, remedy: "2 GB or more are advisable" };
}

function tracing({ tracing: { enabled, content } }: Config): Outcome {
  if (!enabled) return { status: "limited", detail: "off", remedy: "unset LOAM_TRACING" };
  return { status: "ok", detail: content === "full" ? "on; secrets are removed" : "on; without prompts and answers" };
}
