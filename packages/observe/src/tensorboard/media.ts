import type { Store } from "@loam/store";
import { listFiles } from "../ingest/files.ts";
import { runTextsOf } from "../runs/runs.ts";

/** Something that a run has shown, other than a number. */
export interface RunMedia {
  type: "text" | "image" | "audio" | "histogram" | "table" | "file";
  tag: string;
  step: number | null;
  /** Of a text. */
  text?: string;
  /** Of everything else: its path among the run's files. */
  path?: string;
  contentType?: string | null;
  sizeBytes?: number;
}

const typeOfFolder: Record<string, RunMedia["type"]> = {
  images: "image",
  image: "image",
  audio: "audio",
  histogram: "histogram",
  table: "table",
};

/** What a run has shown, whichever client recorded it: texts, images, sound, histograms, tables. */
export async function runMedia(store: Store, runId: string): Promise<RunMedia[]> {
  const texts = (await runTextsOf(store, runId)).map(
    ({ tag, step, text }): RunMedia => ({ type: "text", tag, step, text }),
  );
  const files = (await listFiles(store, `run/${runId}`)).flatMap(({ path, contentType, sizeBytes }): RunMedia[] => {
    // Loam's own and W&B's: `media/<type>/<tag>…`; MLflow's images: `images/<key>+step+<step>+…`.
    const ours = /^media\/(image|audio|histogram|table|text)\/([^/]+)\/(-?\d+)\.\w+$/.exec(path);
    const shared = { path, contentType, sizeBytes };
    if (ours)
      return [
        { type: ours[1] as RunMedia["type"], tag: decodeURIComponent(ours[2]!), step: Number(ours[3]), ...shared },
      ];
    const wandb = /^media\/(\w+)\/(.+?)_(-?\d+)_[0-9a-f]+\.[\w.]+$/.exec(path);
    if (wandb) return [{ type: typeOfFolder[wandb[1]!] ?? "file", tag: wandb[2]!, step: Number(wandb[3]), ...shared }];
    const mlflow = /^images\/(.+?)[+%]step[+%](-?\d+)[+%]/.exec(path);
    if (mlflow) return [{ type: "image", tag: mlflow[1]!.replaceAll("#", "/"), step: Number(mlflow[2]), ...shared }];
    return [];
  });
  return [...texts, ...files];
}
