export { catalogueFields } from "../items/catalogue-fields.ts";
export { embedCatalogueOperation } from "./embed-catalogue.ts";
export { ImportCatalogueInput, importCatalogueOperation, type OpenedFile, openPath } from "./import-catalogue.ts";
export { RecommendInput, recommendOperation } from "./recommend.ts";
