export { Answers, type Call, type Choice, collect } from "./generation/collect.ts";
export { ContextLengthError, ModelNotFoundError } from "./generation/errors.ts";
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
