import { openUseLite } from "@loam/models";
import { openStore } from "@loam/store";
import { openLibrary } from "../src/index.ts";

/** Adds a file to the library of a folder and says every page that has been acknowledged, until it is killed. */
const [home, file] = process.argv.slice(2) as [string, string];
const store = await openStore({ home, databaseUrl: "", blobUrl: "" });
const library = await openLibrary({ store, models: { embed: await openUseLite() } });
const record = await library.add(file, { onProgress: ({ done }) => process.stdout.write(`${done}\n`) });
process.stdout.write(`${record.status}\n`);
await library.close();
await store.close();
process.exit(0);
