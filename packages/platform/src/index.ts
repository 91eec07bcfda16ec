export { Assistants } from "./assistants/assistants.ts";
export { type RunFields, Runs } from "./assistants/runs.ts";
export { type NewMessage, Threads } from "./assistants/threads.ts";
export type {
  AssistantBody,
  AssistantResponseFormat,
  AssistantTool,
  Attachment,
  FileCitation,
  MessagePart,
  RunEvent,
  StoredAssistant,
  StoredMessage,
  StoredRun,
  StoredStep,
  StoredThread,
  ToolResources,
} from "./assistants/types.ts";
export { Batches } from "./batches/batches.ts";
export { type AnswerRequest, batchEndpoints, type StoredBatch } from "./batches/types.ts";
export { Conversations, type StoredConversation } from "./conversations/conversations.ts";
export { Evals } from "./evals/evals.ts";
export type { StoredEval, StoredEvalRun, StoredOutputItem } from "./evals/types.ts";
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
export { FineTuningJobs } from "./fine-tuning/jobs.ts";
export type {
  Hyperparameters,
  StoredCheckpoint,
  StoredJob,
  StoredJobEvent,
  StoredPermission,
} from "./fine-tuning/types.ts";
export { functionsFromMcp, type McpServer } from "./functions/from-mcp.ts";
export { functionsFromOpenApi, type OpenApiOptions } from "./functions/from-openapi.ts";
export { FunctionRegistry } from "./functions/function-registry.ts";
export { type FunctionSource, openFunctions } from "./functions/open-functions.ts";
export { type CallOutcome, type RunCallsOptions, runCalls, type WantedCall } from "./functions/run-calls.ts";
export {
  type CallContext,
  defineFunction,
  type FunctionDefinition,
  type ServerFunction,
} from "./functions/server-function.ts";
export { checkMessages } from "./generation/check-messages.ts";
export { Answers, type Call, type Choice, collect } from "./generation/collect.ts";
export { complete } from "./generation/complete.ts";
export { countPromptTokens } from "./generation/count-tokens.ts";
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
export { checkGrader, type GradeContext, grade } from "./graders/grade.ts";
export { Grader, TemplateMessage } from "./graders/types.ts";
export { type ImportAccountOptions, importAccount } from "./import/import-account.ts";
export { type ImportedKind, type ImportReport, importedKinds } from "./import/tally.ts";
export { ApiKeys, type KeyScope, keyPrefix, keyScopes } from "./keys/api-keys.ts";
export {
  type Change,
  Collection,
  type Match,
  type NewObject,
  StateError,
  type Stored,
  unixSeconds,
} from "./objects/collection.ts";
export { IdempotentAnswers, type KeptAnswer, KeyReusedError } from "./objects/idempotency.ts";
export { newObjectId, type ObjectKind, randomLetters } from "./objects/ids.ts";
export { type Metadata, readMetadata } from "./objects/metadata.ts";
export type { Page, PageQuery } from "./objects/page.ts";
export { openPlatform, type Platform } from "./platform.ts";
export { readCompaction, writeCompaction } from "./responses/compaction.ts";
export { type Item, type ItemPart, newItemId } from "./responses/items.ts";
export { ResponseWriter } from "./responses/response-writer.ts";
export { type NewResponse, type NumberedEvent, Responses, toResponseUsage } from "./responses/responses.ts";
export { toMessages } from "./responses/to-messages.ts";
export type { ResponseObject, ResponsePlan, StoredResponse } from "./responses/types.ts";
export { maxPartBytes, maxUploadBytes, type PartBody, type StoredUpload, Uploads } from "./uploads/uploads.ts";
export { checkChunking } from "./vector-stores/check-chunking.ts";
export { type AttributeFilter, readAttributes } from "./vector-stores/filters.ts";
export type {
  Attributes,
  ChunkingStrategy,
  FileCounts,
  StoredVectorStore,
  StoredVectorStoreBatch,
  StoredVectorStoreFile,
  VectorStoreHit,
} from "./vector-stores/types.ts";
export { type StoreUsage, type VectorStoreFields, VectorStores } from "./vector-stores/vector-stores.ts";
export type { StoredCharacter, StoredVideo, VideoStatus } from "./videos/types.ts";
export { variantOf } from "./videos/video-catalogue.ts";
export type { VideoReference } from "./videos/video-request.ts";
export { webhookEventTypes } from "./webhooks/event-types.ts";
export { webhookReachOf } from "./webhooks/reach.ts";
export type { StoredWebhookEndpoint } from "./webhooks/types.ts";
