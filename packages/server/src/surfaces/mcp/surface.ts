import { WebStandardStreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/webStandardStreamableHttp.js";
import { Hono } from "hono";
import { toErrorBody } from "../../http/errors.ts";
import type { Surface } from "../../http/surface.ts";
import { offeredOperations } from "../../operations/offered.ts";
import { requireWriter } from "../../security/team-door.ts";
import { uploadedFiles } from "../../services/open-file.ts";
import type { Services } from "../../services/services.ts";
import { mcpServer } from "./mcp-server.ts";

/**
 * The Model Context Protocol over Streamable HTTP at `/mcp`, without sessions: every request stands for itself, so that
 * nothing is kept of a client that went away.
 */
export function mcpSurface({ library, catalogueService, models, pairs, platform, store, version }: Services): Surface {
  const app = new Hono();
  const operations = offeredOperations({
    ...{ library, pairs, store, catalogues: catalogueService.catalogues, open: uploadedFiles(platform) },
    models: () => models.current,
  });
  app.post("/mcp", async (c) => {
    const transport = new WebStandardStreamableHTTPServerTransport({ sessionIdGenerator: undefined });
    const server = mcpServer(operations, { version, admit: (tool) => requireWriter(c.req.raw, tool) });
    c.req.raw.signal.addEventListener("abort", () => void server.close().catch(() => {}), { once: true });
    await server.connect(transport);
    return await transport.handleRequest(c.req.raw);
  });
  // There is no stream to listen to and no session to end.
  app.on(["GET", "DELETE"], "/mcp", (c) =>
    c.json(rpcError(-32_000, "Only POST is answered: there are no sessions."), 405),
  );
  return {
    ...{ name: "mcp", prefixes: ["/mcp"], app },
    reads: () => true, // a tool that changes something is refused where it is called
    respondToError: (error, c) => {
      const { status, body } = toErrorBody(error);
      return c.json(rpcError(-32_603, body.error.message), status as 500);
    },
  };
}

const rpcError = (code: number, message: string) => ({ jsonrpc: "2.0", error: { code, message }, id: null });
