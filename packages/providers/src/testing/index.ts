export {
  type Answer,
  type ChatQuestion,
  type Fault,
  type OpenAIServer,
  type OpenAIServerOptions,
  type RecordedRequest,
  startOpenAIServer,
} from "./openai-server.ts";
