import { fdatasyncSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import { NodeFS } from "@electric-sql/pglite/nodefs";

/** What Emscripten is started with. */
type Options = Parameters<NodeFS["init"]>[1];
/** The part of Emscripten's file system that is used here; its types leave it out. */
type Emscripten = {
  FS: {
    filesystems: { NODEFS: { stream_ops: { fsync?: (stream: { nfd: number }) => void } } };
    ErrnoError: new (errno: number) => Error;
  };
};

/** Emscripten's number for EIO (WASI errno 29). */
const EIO = 29;

/**
 * PGlite's folder, with `fsync`: Emscripten's file system for Node.js has none, so what Postgres believes to be on
 * the disk would be in the system's memory, safe from a killed process but not from a power cut.
 */
class DurableFolder extends NodeFS {
  override async init(pglite: PGlite, options: Options) {
    const { emscriptenOpts } = await super.init(pglite, options);
    const addFsync = (module: unknown) => {
      const { FS } = module as Emscripten;
      FS.filesystems.NODEFS.stream_ops.fsync = ({ nfd }) => {
        try {
          fdatasyncSync(nfd); // times of files need not outlive a power cut, and cost a write of the journal
        } catch {
          throw new FS.ErrnoError(EIO); // Postgres then refuses the commit
        }
      };
    };
    return { emscriptenOpts: { ...emscriptenOpts, preRun: [...(emscriptenOpts.preRun ?? []), addFsync] } };
  }
}

/**
 * What an acknowledged commit survives: `disk`, a power cut; `process`, only a killed process, for tests and for data
 * that can be made again.
 */
export type Durability = "disk" | "process";

export async function openFolder(folder: string, durability: Durability): Promise<PGlite> {
  if (durability === "process") return await PGlite.create(folder);
  return await PGlite.create({
    fs: new DurableFolder(folder),
    // PGlite starts Postgres with -F (no fsync). The WAL must be synced by `fsync`: `fdatasync` is empty in Emscripten.
    startParams: [
      ...PGlite.defaultStartParams.filter((parameter) => parameter !== "-F"),
      "-c",
      "wal_sync_method=fsync",
    ],
  });
}
