import { readFile } from "node:fs/promises";
import { InputError, show } from "@loam/core";
import { functionsFromMcp, type McpServer } from "./from-mcp.ts";
import { functionsFromOpenApi, type OpenApiOptions } from "./from-openapi.ts";
import { FunctionRegistry } from "./function-registry.ts";
import type { ServerFunction } from "./server-function.ts";

/** What `functions` in `loam.config.ts` may hold. */
export type FunctionSource = ServerFunction | ({ openapi: string | object } & OpenApiOptions) | { mcp: McpServer };

/**
 * The functions of a configuration, with connections to the services that answer some of them.
 *
 * @throws {InputError} `bad_functions` for what is none of them; what the parts throw.
 */
export async function openFunctions(sources: readonly unknown[]): Promise<FunctionRegistry> {
  const registry = new FunctionRegistry();
  try {
    for (const [i, source] of sources.entries()) await addSource(registry, source as FunctionSource, i);
    return registry;
  } catch (error) {
    await registry.close();
    throw error;
  }
}

async function addSource(registry: FunctionRegistry, source: FunctionSource, index: number): Promise<void> {
  if (typeof source === "object" && source !== null) {
    if ("openapi" in source) {
      const { openapi, ...options } = source;
      registry.add(...functionsFromOpenApi(await readDocument(openapi), options));
      return;
    }
    if ("mcp" in source) {
      const { functions, close } = await functionsFromMcp(source.mcp);
      registry.onClose(close);
      registry.add(...functions);
      return;
    }
    if (typeof source.name === "string" && typeof source.handler === "function") {
      registry.add({
        source: "config",
        ...source,
        parameters: source.parameters ?? { type: "object", properties: {} },
      });
      return;
    }
  }
  throw new InputError("bad_functions", `functions[${index}] is ${show(source)}.`, {
    hint: "give what defineFunction makes, { openapi: file or address }, or { mcp: { command, args } or { url } }",
  });
}

async function readDocument(given: string | object): Promise<unknown> {
  if (typeof given !== "string") return given;
  const text = /^https?:/.test(given) ? await (await fetch(given)).text() : await readFile(given, "utf8");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InputError("bad_openapi", `${given} is no JSON: ${(cause as Error).message}.`, {
      hint: "give an OpenAPI document as JSON",
      cause,
    });
  }
}
