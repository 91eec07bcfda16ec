import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import type { OfferedOperation } from "../../operations/offered.ts";
import { mcpServer } from "./mcp-server.ts";

/** Serves operations over standard input and output, until the client closes them or the signal fires. */
export async function serveMcpOverStdio(
  operations: readonly OfferedOperation[],
  { version, signal }: { version: string; signal: AbortSignal },
): Promise<void> {
  const server = mcpServer(operations, { version });
  const closed = new Promise<void>((resolve) => {
    server.onclose = resolve;
    process.stdin.once("end", resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await server.connect(new StdioServerTransport());
  await closed;
  await server.close();
}
