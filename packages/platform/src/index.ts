export {
  type Change,
  Collection,
  type Match,
  type NewObject,
  StateError,
  type Stored,
  unixSeconds,
} from "./objects/collection.ts";
export { newObjectId, type ObjectKind, randomLetters } from "./objects/ids.ts";
export { type Metadata, readMetadata } from "./objects/metadata.ts";
export type { Page, PageQuery } from "./objects/page.ts";
