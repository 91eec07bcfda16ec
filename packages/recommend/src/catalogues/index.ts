export { openCatalogues } from "./catalogues.ts";
