import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { expect, test } from "vitest";
import { bin, loamEnvironment } from "./run-loam.ts";

test("a program that starts its tools itself gets them over standard input and output", async () => {
  const home = await mkdtemp(join(tmpdir(), "loam-mcp-"));
  const client = new Client({ name: "test", version: "1" });
  try {
    const env = loamEnvironment(home) as Record<string, string>;
    await client.connect(new StdioClientTransport({ command: process.execPath, args: [bin, "mcp"], env, cwd: home }));
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["ask", "search", "summarize", "recommend", "score", "embed"]),
    );
    const input = { candidate: "the cat", references: ["the cat sat"], metrics: ["rouge1"] };
    const { structuredContent } = await client.callTool({ name: "score", arguments: input });
    expect(structuredContent).toMatchObject({ items: [{ metric: "rouge1", value: 0.8 }] });
  } finally {
    await client.close();
    await rm(home, { recursive: true, force: true });
  }
});
