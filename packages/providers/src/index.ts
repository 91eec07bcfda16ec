export { type ConnectOptions, connectEmbedder, connectLanguageModel, type RequestOptions } from "./connect.ts";
export { type Choice, chooseModels, defaultEmbedder } from "./detect.ts";
export { type HttpOptions, retryingFetch } from "./http.ts";
export { closeLocalModels, openLocalProvider } from "./local.ts";
export { toModelError } from "./model-errors.ts";
export { type ModelName, parseModelName } from "./model-name.ts";
export { describeModels, type Models, type OpenModelsOptions, openModels, type RoleReport } from "./models.ts";
export { type RemoteEmbedderOptions, remoteEmbedder } from "./remote-embedder.ts";
export { type TracedModel, tracedLanguageModel } from "./traced-language-model.ts";
