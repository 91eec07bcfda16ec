export { newHome, type StartedEngine, type StoreEngine, storeEngines } from "./engines.ts";
export { eventually } from "./eventually.ts";
export { type Postgres, postgresBinaries, startPostgres } from "./postgres.ts";
