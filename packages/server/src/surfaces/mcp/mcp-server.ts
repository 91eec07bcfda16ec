import { fieldSchemas } from "@loam/core";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListToolsRequestSchema,
  McpError,
  type Tool,
} from "@modelcontextprotocol/sdk/types.js";
import { toErrorBody } from "../../http/errors.ts";
import type { OfferedOperation } from "../../operations/offered.ts";

/** The name of an operation's tool: clients take letters, digits, `_` and `-`. */
const toolName = ({ name }: Pick<OfferedOperation["operation"], "name">): string => name.replaceAll(".", "_");

/**
 * Operations as the tools of a server of the Model Context Protocol (2025-11-25): name, description and JSON Schema of
 * the input come from each operation. A failure of a tool is a result with `isError`, in the words of every other
 * front end, so that the model that called it can mend its call; progress is sent to who asks for it.
 *
 * @param admit throws where who asks may not change anything
 */
export function mcpServer(
  operations: readonly OfferedOperation[],
  { version, admit = () => {} }: { version: string; admit?: (tool: string) => void },
): Server {
  const server = new Server({ name: "loam", title: "Loam", version }, { capabilities: { tools: {} } });
  const byName = new Map(operations.map((offered) => [toolName(offered.operation), offered]));
  server.setRequestHandler(ListToolsRequestSchema, () => ({ tools: operations.map(toTool) }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { signal, sendNotification }) => {
    const offered = byName.get(params.name);
    if (!offered) {
      const names = [...byName.keys()].join(", ");
      throw new McpError(
        ErrorCode.InvalidParams,
        `No tool is called ${JSON.stringify(params.name)}. There are: ${names}.`,
      );
    }
    const token = params._meta?.progressToken;
    try {
      if (offered.changes) admit(params.name);
      const result = await offered.call(params.arguments ?? {}, {
        signal,
        ...(token !== undefined && {
          progress: ({ done, total, task, label, message = [task, label].filter(Boolean).join(" ") }) => {
            const told = { progressToken: token, progress: done, total, message };
            void sendNotification({ method: "notifications/progress", params: told }).catch(() => {});
          },
        }),
      });
      return toResult(result);
    } catch (error) {
      return { isError: true, content: [{ type: "text", text: toErrorBody(error).body.error.message }] };
    }
  });
  return server;
}

function toTool({ changes, operation: { name, summary, description, input } }: OfferedOperation): Tool {
  return {
    name: toolName({ name }),
    title: summary,
    description: description === undefined ? `${summary}.` : `${summary}. ${description}`,
    inputSchema: fieldSchemas(input) as Tool["inputSchema"],
    annotations: { readOnlyHint: !changes, openWorldHint: false },
  };
}

/** The result as JSON, for programs as it is and for models as text. */
function toResult(result: unknown): CallToolResult {
  const plain: unknown = JSON.parse(JSON.stringify(result ?? null));
  const structured = typeof plain === "object" && plain !== null && !Array.isArray(plain) ? plain : { items: plain };
  return {
    content: [{ type: "text", text: JSON.stringify(structured) }],
    structuredContent: structured as Record<string, unknown>,
  };
}
