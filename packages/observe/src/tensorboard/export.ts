import type { Store } from "@loam/store";
import { getFile, readFileBytes } from "../ingest/files.ts";
import { currentValues, pointsOf } from "../runs/points.ts";
import { getRun } from "../runs/runs.ts";
import { type Histogram, writeEvent, writeVersion } from "./events.ts";
import { runMedia } from "./media.ts";
import { writeRecord } from "./records.ts";

/** A run as one TensorBoard event file: its curves, parameters, texts, images and histograms. */
export async function exportTensorboard(store: Store, runId: string): Promise<Uint8Array> {
  const run = await getRun(store, runId);
  const startSeconds = (run.startedAt ?? run.createdAt).getTime() / 1000;
  const records: Uint8Array[] = [writeRecord(writeVersion(startSeconds))];
  if (Object.keys(run.params).length > 0)
    records.push(writeRecord(writeEvent(startSeconds, 0, { type: "hparams", values: run.params })));
  for (const { key } of (await currentValues(store, [runId])).get(runId) ?? [])
    for (const { step, timeMs, value } of await pointsOf(store, runId, key))
      records.push(writeRecord(writeEvent(timeMs / 1000, step, { type: "scalar", tag: key, value })));
  for (const { type, tag, step, text, path } of await runMedia(store, runId)) {
    const at = step ?? 0;
    if (type === "text") records.push(writeRecord(writeEvent(startSeconds, at, { type, tag, text: text! })));
    else if (type === "image" || type === "audio" || type === "histogram") {
      const file = await getFile(store, `run/${runId}`, path!);
      const bytes = await readFileBytes(store, file);
      const value =
        type === "histogram"
          ? { type, tag, histogram: JSON.parse(Buffer.from(bytes).toString("utf8")) as Histogram }
          : type === "image"
            ? { type, tag, bytes, ...sizeOfPng(bytes) }
            : { type, tag, bytes, contentType: file.contentType ?? "audio/wav" };
      records.push(writeRecord(writeEvent(startSeconds, at, value)));
    }
  }
  return Buffer.concat(records);
}

/** Width and height, from the header of a PNG; 0 where it is none. */
function sizeOfPng(bytes: Uint8Array): { width: number; height: number } {
  if (bytes.length < 24 || bytes[0] !== 0x89 || bytes[1] !== 0x50) return { width: 0, height: 0 };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}
