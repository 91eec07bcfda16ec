export type { Embedder } from "./embedder.ts";
export { type ChatMessage, ChatTemplate, type ChatTemplateOptions } from "./tokenizers/chat-template.ts";
export { type EncodeOptions, type Encoding, Tokenizer, type TokenizerJson } from "./tokenizers/tokenizer.ts";
export { openUseLite, type UseLiteOptions } from "./use-lite/embedder.ts";
