export type {
  Architecture,
  ConfigJson,
  DecoderArchitecture,
  DecoderConfig,
  DecoderInputs,
  DecoderOutputs,
  EncoderArchitecture,
  EncoderConfig,
  EncoderInputs,
  KeyValues,
} from "./architectures/architecture.ts";
export { architectureOf, architectures } from "./architectures/table.ts";
export { type AnswerEnd, type AnswerOptions, type AnswerPiece, answer } from "./chat/answer.ts";
export { offeredTools, type ToolChoice } from "./chat/call-constraint.ts";
export { type CallManyOptions, type CallRequest, callMany, type ManyCallsAnswer } from "./chat/call-many.ts";
export { type ChatOptions, type ChatPart, type ChatResult, chat } from "./chat/chat.ts";
export type { ChatTool } from "./chat/chat-tool.ts";
export { generic as genericNotation } from "./chat/notations/generic.ts";
export { promptText, renderPrompt } from "./chat/prompt.ts";
export {
  type Checkpoint,
  type CheckpointTensor,
  findNonFinite,
  frozenParameters,
  type PackedMatrix,
  readTensor,
  resolveTensorName,
} from "./checkpoints/checkpoint.ts";
export { type GgufFacts, ggufFacts } from "./checkpoints/gguf-facts.ts";
export { type GgufLayoutOptions, permutedHeads, permuteRows, unpermuteRows } from "./checkpoints/gguf-layout.ts";
export { toGgufName } from "./checkpoints/gguf-names.ts";
export {
  isLinearWeight,
  type KeptFloat,
  type LowBitFormat,
  type LowBitOptions,
  lowBitFormats,
  packedSizeBytes,
  packMatrix,
  quantizeParameters,
  withPacked,
} from "./checkpoints/low-bit.ts";
export { writeModelTexts } from "./checkpoints/model-texts.ts";
export { type OpenCheckpointOptions, type OpenedCheckpoint, openCheckpoint } from "./checkpoints/open.ts";
export { openCrossEncoder } from "./encoders/cross-encoder.ts";
export type { Embedder } from "./encoders/embedder.ts";
export { type PoolingMode, pool } from "./encoders/pooling.ts";
export type { Reranker } from "./encoders/reranker.ts";
export { openSentenceEmbedder, type SentenceEmbedderOptions } from "./encoders/sentence-embedder.ts";
export { type ExportGgufOptions, exportModelGguf, ggufLayoutOf } from "./export/export-gguf.ts";
export { type ExportOnnxOptions, exportOnnx, type OnnxDtype, onnxDtypes } from "./export/export-onnx.ts";
export type { Constraint } from "./generation/constraint.ts";
export { ContextLengthError, encodeWithin } from "./generation/context-length.ts";
export {
  type Company,
  type DecoderSession,
  type DecoderSessionOptions,
  type DecodingState,
  type GuestTensors,
  openDecoderSession,
} from "./generation/decoder-session.ts";
export { TextGenerator } from "./generation/generate.ts";
export type {
  FinishReason,
  GenerateOptions,
  Generation,
  TextPart,
  TokenLogprobs,
  TokenScore,
} from "./generation/generation.ts";
export { forecastMemory, type MemoryForecast } from "./generation/memory-forecast.ts";
export type { SamplingOptions } from "./generation/sampling.ts";
export { QueueFullError } from "./generation/slots.ts";
export { readVirtualTokens, type VirtualTokens, type VirtualTokenTensors } from "./generation/virtual-tokens.ts";
export { type CachedModel, hubCacheFolder, listModels, removeModel } from "./hub/cache.ts";
export { type PullOptions, pullDataset } from "./hub/hub.ts";
export { type ModelAtHand, type ModelSource, modelAtHand, modelsAtHand } from "./hub/models-at-hand.ts";
export { pullThroughOllama } from "./hub/ollama.ts";
export { type PullModelOptions, pullModel } from "./hub/pull.ts";
export { type Room, roomFor } from "./hub/room.ts";
export {
  compileForward,
  type ForwardInputs,
  type ForwardOptions,
  type ForwardOutputs,
  type ForwardProgram,
  forward,
} from "./model/forward.ts";
export { type DecoderModel, type EncoderModel, type Model, openModel, parameterShapes } from "./model/model.ts";
export {
  type LinearOptions,
  type ModuleHooks,
  Modules,
  type Parameters,
  type ResidualPoint,
} from "./modules/modules.ts";
export {
  type AdaptedGenerators,
  type AdapterSessionOptions,
  createLocalProvider,
  type LocalProvider,
  type LocalProviderOptions,
  toEmbeddingModel,
} from "./provider/local-provider.ts";
export { type ChatMessage, ChatTemplate, type ChatTemplateOptions } from "./tokenizers/chat-template.ts";
export { openTokenizer } from "./tokenizers/load.ts";
export { tokenBytes } from "./tokenizers/token-bytes.ts";
export { type EncodeOptions, type Encoding, Tokenizer, type TokenizerJson } from "./tokenizers/tokenizer.ts";
export { openUseLite, type UseLiteOptions } from "./use-lite/embedder.ts";
export { openUseLiteTokens, type UseLiteTokens } from "./use-lite/hidden-states.ts";
