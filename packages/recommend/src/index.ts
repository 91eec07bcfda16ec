export type { CatalogueMap } from "./catalogues/catalogue-map.ts";
export { openCatalogues } from "./catalogues/catalogues.ts";
export type {
  AddCatalogueOptions,
  CatalogueRecord,
  Catalogues,
  FeedbackRecord,
  OpenCatalogueOptions,
} from "./catalogues/catalogues-types.ts";
export type { MapLabel } from "./catalogues/map-labels.ts";
export type { CompareRankingsOptions, RankedSystem, RankingComparison } from "./evaluate/compare-rankings.ts";
export type { ReaderQuality } from "./evaluate/evaluate-ranking.ts";
export { type Catalogue, type CatalogueItem, type ItemTag, readCatalogue } from "./items/catalogue.ts";
export type { CatalogueColumns } from "./items/catalogue-columns.ts";
export { type CatalogueField, catalogueFields } from "./items/catalogue-fields.ts";
export type { ItemList } from "./items/item-list.ts";
export { type Rating, readRatings } from "./items/ratings.ts";
export { sampleCatalogue } from "./items/sample-catalogue.ts";
export { embedCatalogueOperation } from "./operations/embed-catalogue.ts";
export {
  ImportCatalogueInput,
  importCatalogueOperation,
  type OpenedFile,
  openPath,
} from "./operations/import-catalogue.ts";
export { RecommendInput, recommendOperation } from "./operations/recommend.ts";
export { openRecommender } from "./recommender/open-recommender.ts";
export type {
  Basis,
  FeedbackKind,
  Match,
  OpenRecommenderOptions,
  ReadingHistory,
  Recommendation,
  Recommender,
  RecommenderReport,
  RecommendFilters,
  RecommendOptions,
} from "./recommender/recommender-types.ts";
