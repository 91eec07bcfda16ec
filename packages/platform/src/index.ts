export {
  type FileBody,
  type FilePurpose,
  Files,
  filePurposes,
  type NewFile,
  type StagedBytes,
  type StoredFile,
  uploadPurposes,
} from "./files/files.ts";
export { checkMessages } from "./generation/check-messages.ts";
export { Answers, type Call, type Choice, collect } from "./generation/collect.ts";
export { complete } from "./generation/complete.ts";
export { ModelNotFoundError } from "./generation/errors.ts";
export type { FinishReason, GenerationEvent, TokenLogprob, Usage } from "./generation/event.ts";
export { type GenerationServices, generate } from "./generation/generate.ts";
export {
  ModelRegistry,
  type ModelRegistryOptions,
  type ModelSource,
  type OpenedModel,
  type ServedModel,
} from "./generation/model-registry.ts";
export type {
  CompletionRequest,
  ContentPart,
  CustomFormat,
  GenerationRequest,
  Message,
  MessageCall,
  ResponseFormat,
  Sampling,
  Tool,
  ToolChoice,
} from "./generation/request.ts";
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
export { openPlatform, type Platform } from "./platform.ts";
export { maxPartBytes, maxUploadBytes, type PartBody, type StoredUpload, Uploads } from "./uploads/uploads.ts";
