import { type StoredAssistant, unixSeconds } from "@loam/platform";

export function toAssistantObject({ id, createdAt, body, metadata }: StoredAssistant) {
  return {
    id,
    object: "assistant" as const,
    created_at: unixSeconds(createdAt),
    name: body.name,
    description: body.description,
    model: body.model,
    instructions: body.instructions,
    tools: body.tools,
    tool_resources: body.toolResources,
    metadata,
    temperature: body.temperature ?? 1,
    top_p: body.topP ?? 1,
    reasoning_effort: body.reasoningEffort,
    response_format: body.responseFormat,
  };
}
