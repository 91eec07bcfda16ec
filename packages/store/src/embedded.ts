import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { drizzle } from "drizzle-orm/pglite";
import type { Backend, Database } from "./database.ts";
import { migrate } from "./migrate.ts";
import * as schema from "./schema/index.ts";

/** Opens the embedded database of a home folder. */
export async function openEmbedded(home: string): Promise<Backend> {
  const folder = join(home, "pg");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const pglite = await PGlite.create(folder);
  const db = drizzle(pglite, { schema }) as unknown as Database;
  await migrate(db);
  return {
    db,
    role: "owner",
    execute: async (text, values) => {
      if (values?.length) return await pglite.query(text, values);
      return { rows: (await pglite.exec(text)).flatMap((result) => result.rows ?? []) };
    },
    close: async () => await pglite.close(),
  };
}
