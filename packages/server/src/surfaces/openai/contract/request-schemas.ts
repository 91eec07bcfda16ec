import type { z } from "zod";
import { CreateAssistant, UpdateAssistant } from "../assistants/schema.ts";
import { CreateBatch } from "../batches/schema.ts";
import { ChatCompletionRequest, UpdateChatCompletion } from "../chat-completions/schema.ts";
import { CompletionRequest } from "../completions/schema.ts";
import { CreateConversation, CreateItems, UpdateConversation } from "../conversations/schema.ts";
import { EmbeddingRequest } from "../embeddings/routes.ts";
import { CreateEval, CreateEvalRun, UpdateEval } from "../evals/schema.ts";
import { CreateJob, Grant } from "../fine-tuning/schema.ts";
import { Run, Validate } from "../graders/routes.ts";
import { CompactRequest, InputTokensRequest, ResponseRequest } from "../responses/schema.ts";
import {
  CreateMessage,
  CreateRun,
  CreateThread,
  CreateThreadAndRun,
  OnlyMetadata,
  SubmitToolOutputs,
  UpdateThread,
} from "../threads/schema.ts";
import { CompleteUpload, CreateUpload } from "../uploads/schema.ts";
import {
  CreateFile,
  CreateFileBatch,
  CreateVectorStore,
  Search,
  UpdateFile,
  UpdateVectorStore,
} from "../vector-stores/schema.ts";
import { CreateVideo, EditVideo, ExtendVideo, RemixVideo } from "../videos/schema.ts";

/** By which schema the JSON body of a POST is read, by its path in OpenAI's document. */
export const requestSchemas: Readonly<Record<string, z.ZodType>> = {
  "/assistants": CreateAssistant,
  "/assistants/{assistant_id}": UpdateAssistant,
  "/batches": CreateBatch,
  "/chat/completions": ChatCompletionRequest,
  "/chat/completions/{completion_id}": UpdateChatCompletion,
  "/completions": CompletionRequest,
  "/conversations": CreateConversation,
  "/conversations/{conversation_id}": UpdateConversation,
  "/conversations/{conversation_id}/items": CreateItems,
  "/embeddings": EmbeddingRequest,
  "/evals": CreateEval,
  "/evals/{eval_id}": UpdateEval,
  "/evals/{eval_id}/runs": CreateEvalRun,
  "/fine_tuning/alpha/graders/run": Run,
  "/fine_tuning/alpha/graders/validate": Validate,
  "/fine_tuning/checkpoints/{fine_tuned_model_checkpoint}/permissions": Grant,
  "/fine_tuning/jobs": CreateJob,
  "/responses": ResponseRequest,
  "/responses/compact": CompactRequest,
  "/responses/input_tokens": InputTokensRequest,
  "/threads": CreateThread,
  "/threads/runs": CreateThreadAndRun,
  "/threads/{thread_id}": UpdateThread,
  "/threads/{thread_id}/messages": CreateMessage,
  "/threads/{thread_id}/messages/{message_id}": OnlyMetadata,
  "/threads/{thread_id}/runs": CreateRun,
  "/threads/{thread_id}/runs/{run_id}": OnlyMetadata,
  "/threads/{thread_id}/runs/{run_id}/submit_tool_outputs": SubmitToolOutputs,
  "/uploads": CreateUpload,
  "/uploads/{upload_id}/complete": CompleteUpload,
  "/vector_stores": CreateVectorStore,
  "/vector_stores/{vector_store_id}": UpdateVectorStore,
  "/vector_stores/{vector_store_id}/file_batches": CreateFileBatch,
  "/vector_stores/{vector_store_id}/files": CreateFile,
  "/vector_stores/{vector_store_id}/files/{file_id}": UpdateFile,
  "/vector_stores/{vector_store_id}/search": Search,
  "/videos": CreateVideo,
  "/videos/edits": EditVideo,
  "/videos/extensions": ExtendVideo,
  "/videos/{video_id}/remix": RemixVideo,
};
