import { LoamError, UnavailableError } from "@loam/core";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import type { ServerFunction } from "./server-function.ts";

/** A server of the Model Context Protocol: a program that speaks it, or an address. */
export type McpServer =
  | {
      command: string;
      args?: readonly string[];
      env?: Readonly<Record<string, string>>;
      prefix?: string;
      only?: readonly string[];
    }
  | { url: string; headers?: Readonly<Record<string, string>>; prefix?: string; only?: readonly string[] };

const connectMs = 15_000;

/**
 * The tools of an MCP server as functions. Tools that do not call themselves read-only want a confirmation.
 *
 * @param options.transport instead of the program or address, for tests and servers in this process
 * @throws {UnavailableError} when the server cannot be reached.
 */
export async function functionsFromMcp(
  server: McpServer,
  { transport = transportTo(server) }: { transport?: Transport } = {},
): Promise<{ functions: ServerFunction[]; close: () => Promise<void> }> {
  const where = "url" in server ? server.url : [server.command, ...(server.args ?? [])].join(" ");
  const client = new Client({ name: "loam", version: "0.1.0" });
  const tools: Awaited<ReturnType<Client["listTools"]>>["tools"] = [];
  try {
    await client.connect(transport, { timeout: connectMs });
    let cursor: string | undefined;
    do {
      const page = await client.listTools(cursor ? { cursor } : {}, { timeout: connectMs });
      tools.push(...page.tools);
      cursor = page.nextCursor;
    } while (cursor);
  } catch (cause) {
    await client.close().catch(() => {});
    throw new UnavailableError("MCP server", `${where} cannot be used: ${(cause as Error).message}.`, {
      hint: "start it by hand and look at what it says",
      cause,
    });
  }
  const { prefix = "", only } = server;
  const functions = tools
    .filter(({ name }) => !only || only.includes(name))
    .map(({ name, description, inputSchema, annotations }): ServerFunction => {
      const { $schema: _, ...parameters } = inputSchema as Record<string, unknown>;
      return {
        name: `${prefix}${name}`.replaceAll(/[^a-zA-Z0-9_.-]+/g, "_").slice(0, 64),
        ...(description && { description }),
        parameters,
        source: `mcp ${where}`,
        confirm: annotations?.readOnlyHint !== true,
        handler: async (values, { signal }) => {
          const result = await client.callTool({ name, arguments: values }, undefined, {
            signal,
            timeout: 2 ** 31 - 1,
          });
          const text = contentText(result.content);
          if (result.isError) throw new LoamError("function_failed", text || `${name} failed.`, { status: 400 });
          return result.structuredContent ?? text;
        },
      };
    });
  return { functions, close: () => client.close() };
}

function transportTo(server: McpServer): Transport {
  if ("url" in server) {
    return new StreamableHTTPClientTransport(new URL(server.url), {
      requestInit: { headers: { ...server.headers } },
    }) as Transport;
  }
  const { command, args = [], env = {} } = server;
  return new StdioClientTransport({
    command,
    args: [...args],
    env: { PATH: process.env.PATH ?? "", ...env },
    stderr: "ignore",
  });
}

/** What can be told as text; of pictures and files what they are. */
function contentText(content: unknown): string {
  if (!Array.isArray(content)) return "";
  return content
    .map(
      (part: {
        type: string;
        text?: string;
        mimeType?: string;
        uri?: string;
        resource?: { text?: string; uri?: string };
      }) =>
        part.type === "text"
          ? part.text
          : part.resource?.text
            ? part.resource.text
            : `[${part.type} ${part.mimeType ?? part.uri ?? part.resource?.uri ?? ""}]`,
    )
    .join("\n");
}
