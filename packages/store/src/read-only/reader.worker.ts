import { parentPort, workerData } from "node:worker_threads";
import { PGlite } from "@electric-sql/pglite";
import { type ReadLimits, RowCollector, typeName } from "./read-only.ts";

/** Reads from a copy of the embedded database. What it costs is ended from outside, with the thread. */
const { folder } = workerData as { folder: string };
const database = PGlite.create({ dataDir: folder });
/** Every type of the catalogue as the text that the database writes; the collector knows the rest. */
const asText = Object.fromEntries(Array.from({ length: 5000 }, (_, type) => [type, (value: string) => value]));

parentPort!.on("message", async ({ text, limits }: { text: string; limits: ReadLimits }) => {
  try {
    const pglite = await database;
    const result = await pglite.transaction(async (tx) => {
      await tx.exec("set transaction read only; set local timezone = 'UTC'; set local datestyle = 'ISO'");
      const { fields, rows } = await tx.query<(string | null)[]>(text, [], { rowMode: "array", parsers: asText });
      const collected = new RowCollector(limits);
      const types = fields.map(({ dataTypeID }) => dataTypeID);
      rows.every((row) => collected.add(types, row));
      return {
        columns: fields.map(({ name, dataTypeID }) => ({ name, type: typeName(dataTypeID) })),
        rows: collected.rows,
        truncated: collected.truncated,
      };
    });
    parentPort!.postMessage({ result });
  } catch (error) {
    const { message, code, position } = error as Error & { code?: string; position?: string };
    parentPort!.postMessage({ error: { message, code, position } });
  }
});
