import type { PlainSpan } from "../ingest/plain-span.ts";

const messages = [{ role: "user", content: "Hi there" }];
const answer = [{ role: "assistant", content: "Hello!" }];

/** What clients of each dialect send for one call: 1000 tokens in, 800 of them cached, 2 out. Test data. */
export const payloads: Record<string, Pick<PlainSpan, "attributes"> & Partial<PlainSpan>> = {
  gen_ai: {
    attributes: {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.response.model": "gpt-4o-2024-08-06",
      "gen_ai.usage.input_tokens": 1000,
      "gen_ai.usage.output_tokens": 2,
      "gen_ai.usage.cache_read.input_tokens": 800,
      // Structured, as newer exporters send them; JSON text is read alike.
      "gen_ai.input.messages": [{ role: "user", parts: [{ type: "text", content: "Hi there" }] }],
      "gen_ai.output.messages": JSON.stringify([{ role: "assistant", parts: [{ type: "text", content: "Hello!" }] }]),
    },
  },
  gen_ai_old: {
    attributes: {
      "gen_ai.system": "OpenAI",
      "gen_ai.request.model": "gpt-4o",
      "llm.request.type": "chat",
      "gen_ai.usage.prompt_tokens": 1000,
      "gen_ai.usage.completion_tokens": 2,
      "gen_ai.usage.cache_read_input_tokens": 800,
      "gen_ai.prompt.0.role": "user",
      "gen_ai.prompt.0.content": "Hi there",
    },
    events: [
      {
        name: "gen_ai.content.completion",
        timeUs: 1.7e15,
        attributes: { "gen_ai.completion": JSON.stringify(answer) },
      },
    ],
  },
  openinference: {
    attributes: {
      "openinference.span.kind": "LLM",
      "llm.system": "openai",
      "llm.model_name": "gpt-4o-2024-08-06",
      "llm.token_count.prompt": 1000,
      "llm.token_count.completion": 2,
      "llm.token_count.prompt_details.cache_read": 800,
      "input.value": JSON.stringify({ messages }),
      "input.mime_type": "application/json",
      "output.value": JSON.stringify({ choices: [{ message: answer[0] }] }),
      "output.mime_type": "application/json",
    },
  },
  mlflow: {
    attributes: {
      "mlflow.traceRequestId": '"tr-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"',
      "mlflow.spanType": '"CHAT_MODEL"',
      "mlflow.spanInputs": JSON.stringify({ messages, model: "gpt-4o" }),
      // Typed, as MLflow's exporter sends it over OTLP; JSON text in traces.json.
      "mlflow.spanOutputs": { choices: [{ message: answer[0] }] },
      "mlflow.chat.tokenUsage": { input_tokens: 1000, output_tokens: 2, total_tokens: 1002, cache_read_input_tokens: 800 },
    },
  },
  langsmith: {
    attributes: {
      "langsmith.span.kind": "llm",
      "langsmith.trace.name": "ChatOpenAI",
      "langsmith.metadata.thread_id": "t1",
      "gen_ai.system": "openai",
      "gen_ai.request.model": "gpt-4o",
      "gen_ai.usage.input_tokens": 1000,
      "gen_ai.usage.output_tokens": 2,
      "gen_ai.usage.input_token_details": JSON.stringify({ cache_read: 800 }),
      "gen_ai.prompt": JSON.stringify({ messages }),
      "gen_ai.completion": JSON.stringify({ messages: answer }),
    },
  },
  langfuse: {
    attributes: {
      "langfuse.observation.type": "generation",
      "langfuse.observation.model.name": "gpt-4o",
      "langfuse.observation.input": JSON.stringify(messages),
      "langfuse.observation.output": JSON.stringify(answer),
      // Here `input` is without what the cache served.
      "langfuse.observation.usage_details": JSON.stringify({ input: 200, output: 2, input_cached_tokens: 800 }),
      "langfuse.session.id": "s1",
    },
  },
  ai_sdk: {
    attributes: {
      "ai.operationId": "ai.generateText.doGenerate",
      "ai.model.id": "gpt-4o",
      "ai.model.provider": "openai.chat",
      "ai.prompt.messages": JSON.stringify(messages),
      "ai.response.text": "Hello!",
      "ai.usage.promptTokens": 1000,
      "ai.usage.completionTokens": 2,
      "ai.usage.cachedInputTokens": 800,
    },
  },
};
