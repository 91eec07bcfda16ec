export { newHome, type StartedEngine, type StoreEngine, storeEngines } from "./testing/engines.ts";
export { eventually } from "./testing/eventually.ts";
export { type Postgres, postgresBinaries, startPostgres } from "./testing/postgres.ts";
