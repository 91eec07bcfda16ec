export type { RequestOptions } from "./connect.ts";
export { type Choice, chooseModels, defaultEmbedder } from "./detect.ts";
export { type HttpOptions, retryingFetch } from "./http.ts";
export { toModelError } from "./model-errors.ts";
export { describeModels, type Models, type OpenModelsOptions, openModels, type RoleReport } from "./models.ts";
export { type RemoteEmbedderOptions, remoteEmbedder } from "./remote-embedder.ts";
export { estimateTokens } from "./token-estimate.ts";
export { type TracedModel, tracedLanguageModel } from "./traced-language-model.ts";
