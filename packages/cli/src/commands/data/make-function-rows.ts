import { readFile, writeFile } from "node:fs/promises";
import { InputError, readJsonLines, toJsonLines } from "@loam/core";
import { benchmarkTexts } from "@loam/evaluation";
import {
  type FunctionDataset,
  type FunctionRow,
  firstCallRow,
  makeFunctionDataset,
  requestKey,
  rowsFromSpans,
  userFunction,
} from "@loam/finetuning";
import type { ChatTool } from "@loam/models";
import { listSpans } from "@loam/observe";
import type { Workspace } from "../../command/workspace.ts";
import type { Io } from "../../terminal/io.ts";

export interface MakeFunctionRowsOptions {
  /** Files of functions (JSON lists); left out, functions are made up. */
  functions: readonly string[];
  /** Files of conversations with calls (ShareGPT, OpenAI's), whose first calls are added. */
  conversations: readonly string[];
  /** Adds recorded calls. */
  traces: boolean;
  count: number;
  seed: number;
  split: "training" | "held-out";
  testShare?: number;
  irrelevant?: number;
  parallel?: number;
  incomplete?: number;
  /** Folder of a benchmark whose functions and requests must not occur. */
  without?: string;
  out: string;
}

/** Writes rows that teach function calling; those to test on get `.test` in their name. */
export async function makeFunctionRows(
  { functions, conversations, traces, without, out, count, ...options }: MakeFunctionRowsOptions,
  open: () => Promise<Workspace>,
  io: Io,
): Promise<FunctionDataset["report"] & { files: string[] }> {
  const own = (await Promise.all(functions.map(readFunctions))).flat().map((tool) => userFunction(tool));
  const more = (await Promise.all(conversations.map((path) => readConversations(path, io)))).flat();
  if (traces) more.push(...(await readTraces(await open(), io)));
  const texts = without ? await benchmarkTexts(without) : undefined;
  const { train, test, report } = makeFunctionDataset({
    ...options,
    count,
    more,
    ...(own.length > 0 && { functions: own }),
    ...(texts && { benchmark: { functions: texts.functions, requests: new Set(texts.requests.map(requestKey)) } }),
  });
  const files = [out];
  await writeFile(out, toJsonLines(train));
  if (test.length > 0) {
    files.push(out.replace(/(\.[^./]+)?$/, ".test$1"));
    await writeFile(files[1]!, toJsonLines(test));
  }
  return { ...report, files };
}

/** A list of functions, or of tools that hold one. */
async function readFunctions(path: string): Promise<ChatTool[]> {
  const parsed: unknown = JSON.parse(await readFile(path, "utf8"));
  const list = Array.isArray(parsed)
    ? parsed
    : ((parsed as { tools?: unknown; functions?: unknown }).tools ??
      (parsed as { functions?: unknown }).functions ?? [parsed]);
  return (list as (ChatTool & { function?: ChatTool })[]).map((one, i) => {
    const tool = one.function ?? one;
    if (typeof tool.name !== "string") {
      throw new InputError("bad_functions", `${path}, [${i}]: a function needs a name.`, {
        hint: 'give a JSON list of {"name", "description", "parameters"}',
      });
    }
    return {
      name: tool.name,
      ...(tool.description && { description: tool.description }),
      parameters: tool.parameters ?? { type: "object", properties: {} },
    };
  });
}

async function readConversations(path: string, io: Io): Promise<FunctionRow[]> {
  const rows: Record<string, unknown>[] = [];
  if (path.endsWith(".jsonl"))
    for await (const { value } of readJsonLines<Record<string, unknown>>(path)) rows.push(value);
  else rows.push(...(JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>[]));
  const leftOut: Record<string, number> = {};
  const kept = rows.flatMap((row) => {
    try {
      const found = firstCallRow(row);
      if ("row" in found) return [found.row];
      leftOut[found.leftOut] = (leftOut[found.leftOut] ?? 0) + 1;
    } catch (error) {
      const { message } = error as Error;
      leftOut[message] = (leftOut[message] ?? 0) + 1;
    }
    return [];
  });
  for (const [reason, times] of Object.entries(leftOut)) io.note(`${path}: ${times} left out: ${reason}`);
  return kept;
}

async function readTraces(workspace: Workspace, io: Io): Promise<FunctionRow[]> {
  const spans = await listSpans(workspace.store, { kind: "llm", limit: 10_000 });
  const { rows, leftOut } = rowsFromSpans(spans);
  if (leftOut > 0) io.note(`${leftOut} of ${spans.length} recorded calls offered no functions or hold no answer.`);
  return rows as unknown as FunctionRow[];
}
