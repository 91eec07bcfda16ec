import type { Operation, OperationControls } from "@loam/core";
import { scoreOperation } from "@loam/evaluation";
import { embedOperation, type Models } from "@loam/providers";
import {
  askOperation,
  type Catalogues,
  documentsOperation,
  extractOperation,
  type Library,
  readPageOperation,
  recommendOperation,
  searchOperation,
  summarizeOperation,
} from "@loam/rag";
import type { z } from "zod";
import type { PairScorer } from "../services/pair-scorer.ts";

/** An operation with what it works on: nothing but an input is needed. */
export interface OfferedOperation {
  readonly operation: Pick<Operation, "name" | "summary" | "description" | "lasts" | "input" | "parse">;
  call(input: unknown, controls?: Partial<OperationControls<unknown>>): Promise<unknown>;
}

/** What the operations work on. */
export interface OperationContext {
  library: Library;
  catalogues: Catalogues;
  /** Read at every call: a role may be changed meanwhile. */
  models(): Models;
  pairs: Pick<PairScorer, "score">;
}

/** The use cases that answer whoever asks, for front ends that show all of them: the MCP server, the shared suite. */
export function offeredOperations({ library, catalogues, models, pairs }: OperationContext): OfferedOperation[] {
  return [
    offer(askOperation, () => library),
    offer(searchOperation, () => library),
    offer(extractOperation, () => library),
    offer(summarizeOperation, () => ({ library, chat: models().chat })),
    offer(documentsOperation, () => library),
    offer(readPageOperation, () => library),
    offer(recommendOperation, () => ({ catalogues, embedder: models().embed })),
    offer(scoreOperation, () => pairs),
    offer(embedOperation, () => models().embed),
  ];
}

function offer<I extends z.ZodObject, R, C, E>(operation: Operation<I, R, C, E>, context: () => C): OfferedOperation {
  return {
    operation: operation as unknown as OfferedOperation["operation"],
    call: (input, controls) =>
      operation.call(context(), input as z.input<I>, controls as Partial<OperationControls<E>>),
  };
}
