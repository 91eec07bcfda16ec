import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ArgumentError, NotFoundError, type OnProgress, ProgressMeter, throwIfCancelled } from "@loam/core";
import { sql } from "drizzle-orm";
import type { Store } from "../database/store.ts";
import { FrameWriter, formatVersion } from "./frames.ts";
import { homeFiles } from "./home-files.ts";
import { describeTables, plainSettings, RowSum, rowsOf } from "./tables.ts";

/** What a backup holds. */
export interface BackupContents {
  rows: number;
  tables: number;
  blobs: number;
  files: number;
  bytes: number;
  seconds: number;
}

export interface BackupOptions {
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/**
 * Writes everything the store holds to one file, while others go on writing: the rows as they are at one moment, and every
 * blob that they name. A blob is there before its row, and blobs are looked through before and after the rows, so that
 * neither what is added nor what is deleted meanwhile is missing.
 *
 * On the embedded database, others wait while the rows are read.
 *
 * @throws {ArgumentError} when the file is there already.
 */
export async function writeBackup(
  store: Store,
  path: string,
  { signal, onProgress }: BackupOptions = {},
): Promise<BackupContents> {
  const start = performance.now();
  if (await stat(path).catch(() => undefined))
    throw new ArgumentError("file", path, "a name that is not taken", "a backup overwrites nothing: name another file");
  const part = `${path}.part`;
  await rm(part, { force: true });
  const writer = new FrameWriter(part);
  const meter = new ProgressMeter(onProgress, { task: "backup", unit: "byte" });
  const saved = new Map<string, { sha256: string; bytes: number }>();
  const check = () => throwIfCancelled(signal, "The backup");
  try {
    const { rows: applied } = await store.db.execute<{ tag: string }>(
      sql`select tag from loam_migrations order by tag`,
    );
    const about = { format: "loam-backup", version: formatVersion, at: new Date().toISOString() };
    await writer.write({ kind: "head", ...about, migrations: applied.map(({ tag }) => tag) });
    const saveNewBlobs = async () => {
      for await (const key of store.blobs.list()) {
        check();
        if (saved.has(key)) continue;
        const blob = await store.blobs.stream(key).catch((error) => {
          if (error instanceof NotFoundError) return undefined; // deleted just now
          throw error;
        });
        if (blob) saved.set(key, await saveStream(writer, { kind: "blob", name: key }, blob, meter, check));
      }
    };
    await saveNewBlobs();
    const tables = await saveRows(store, writer, meter, check);
    await saveNewBlobs();
    let files = 0;
    for (const name of await homeFiles(store.home)) {
      check();
      const file = createReadStream(join(store.home, name));
      await saveStream(writer, { kind: "file", name }, file, meter, check)
        .then(() => files++)
        .catch((error: NodeJS.ErrnoException) => {
          if (error.code !== "ENOENT") throw error; // removed meanwhile
        });
    }
    await writer.write({ kind: "end", tables, blobs: saved.size, files });
    await writer.close();
    await rename(part, path);
    return {
      rows: Object.values(tables).reduce((sum, { count }) => sum + count, 0),
      tables: Object.keys(tables).length,
      blobs: saved.size,
      files,
      bytes: (await stat(path)).size,
      seconds: (performance.now() - start) / 1000,
    };
  } catch (error) {
    await writer.abandon();
    await rm(part, { force: true });
    throw error;
  }
}

async function saveRows(store: Store, writer: FrameWriter, meter: ProgressMeter, check: () => void) {
  const sums: Record<string, { count: number; checksum: string }> = {};
  await store.db.transaction(
    async (tx) => {
      await plainSettings(tx);
      for (const table of await describeTables(tx)) {
        await writer.write({ kind: "table", name: table.name, columns: table.columns });
        const sum = new RowSum();
        for await (const rows of rowsOf(tx, table)) {
          check();
          sum.add(rows);
          const payload = Buffer.from(`[${rows.join(",")}]`);
          await writer.write({ kind: "rows" }, payload);
          meter.advance(payload.length);
        }
        sums[table.name] = { count: sum.count, checksum: sum.checksum };
      }
    },
    { isolationLevel: "repeatable read", accessMode: "read only" },
  );
  return sums;
}

async function saveStream(
  writer: FrameWriter,
  frame: { kind: "blob" | "file"; name: string },
  parts: AsyncIterable<Uint8Array>,
  meter: ProgressMeter,
  check: () => void,
): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash("sha256");
  let bytes = 0;
  let begun = false;
  for await (const piece of parts) {
    check();
    if (!begun) await writer.write(frame);
    begun = true;
    hash.update(piece);
    bytes += piece.length;
    await writer.write({ kind: "part" }, piece);
    meter.advance(piece.length);
  }
  if (!begun) await writer.write(frame);
  const sum = { sha256: hash.digest("hex"), bytes };
  await writer.write({ kind: "part", last: true, ...sum, size: bytes });
  return { sha256: sum.sha256, bytes };
}
