export type { Embedder } from "./embedder.ts";
export { type ChatMessage, ChatTemplate, type ChatTemplateOptions } from "./tokenizers/chat-template.ts";
export { type EncodeOptions, type Encoding, Tokenizer, type TokenizerJson } from "./tokenizers/tokenizer.ts";
export { openUseLite, type UseLiteOptions } from "./use-lite/embedder.ts";
export type { DecoderArchitecture, DecoderConfig, KeyValues } from "./architectures/architecture.ts";
export { readTensor, resolveTensorName } from "./checkpoints/checkpoint.ts";
export { type DecoderModel, type EncoderModel, type Model, openModel } from "./model.ts";
export { type LinearOptions, type ModuleHooks, Modules, type Parameters, type ResidualPoint } from "./modules.ts";
