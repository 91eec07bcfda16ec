import type { Backend } from "../src/database.ts";
import { openEmbedded } from "../src/embedded.ts";
import { openPostgres } from "../src/postgres.ts";

/** A connection of its own to a database, named by its URL or its home folder. */
export async function embeddedOrServer(place: string): Promise<Backend> {
  return place.startsWith("postgres:")
    ? await openPostgres({ connectionString: place }, { role: "server", describedAs: "the test's server" })
    : await openEmbedded(place, { durability: "process" });
}
