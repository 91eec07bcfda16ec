import { argument, command } from "../../command/command.ts";

export const backupCommand = command({
  name: "backup",
  summary: "Save everything to one file, also while a server runs and is written to",
  args: { file: argument("the file to make, such as loam-2026-11-28.loam") },
  examples: [
    ["backup monday.loam", "rows as they are at one moment, all blobs, datasets and adapters, with checksums"],
  ],
  run: async ({ file, home }, io) => {
    const [{ loadConfig }, { openStore, writeBackup }, { size }] = await Promise.all([
      import("@loam/core"),
      import("@loam/store"),
      import("../../terminal/units.ts"),
    ]);
    const { config } = await loadConfig({ flags: home ? { home } : {} });
    const store = await openStore({ ...config, ...config.store });
    try {
      const contents = await writeBackup(store, file, { signal: io.signal, onProgress: io.progress });
      io.result({ file, ...contents }, () =>
        [
          `${file}: ${contents.rows} rows of ${contents.tables} tables, ${contents.blobs} blobs, ${contents.files} files,`,
          `${size(contents.bytes)}, ${contents.seconds.toFixed(1)} s.`,
          "It holds everything, what people wrote included: keep it as you keep the data.",
        ].join("\n"),
      );
    } finally {
      await store.close();
    }
  },
});

export const restoreCommand = command({
  name: "restore",
  summary: "Make a new store from a backup, and check every row and byte of it",
  args: { file: argument("the backup") },
  examples: [
    ["restore monday.loam --home ./.loam", "into a new folder"],
    ["restore monday.loam", "with DATABASE_URL and BLOB_URL: into an empty database and an empty prefix"],
  ],
  run: async ({ file, home }, io) => {
    const [{ loadConfig }, { restoreBackup }] = await Promise.all([import("@loam/core"), import("@loam/store")]);
    const { config } = await loadConfig({ flags: home ? { home } : {} });
    const contents = await restoreBackup(file, { ...config, signal: io.signal, onProgress: io.progress });
    io.result({ file, ...contents }, () =>
      [
        `${contents.rows} rows of ${contents.tables} tables, ${contents.blobs} blobs and ${contents.files} files,`,
        `checked against ${file}, ${contents.seconds.toFixed(1)} s.`,
      ].join(" "),
    );
  },
});
