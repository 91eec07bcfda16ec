import type { Operation, OperationControls } from "@loam/core";
import { scoreOperation } from "@loam/evaluation";
import { startAdapterExport, startMerge, startRecipeExport, tuneFolders } from "@loam/finetuning";
import {
  askOperation,
  documentsOperation,
  extractOperation,
  type Library,
  readPageOperation,
  searchOperation,
  summarizeOperation,
} from "@loam/library";
import { exportAdapterOperation, exportRecipeOperation, mergeOperation } from "@loam/peft";
import { embedOperation, type Models } from "@loam/providers";
import { type Catalogues, importCatalogueOperation, type OpenedFile, recommendOperation } from "@loam/recommend";
import type { Store } from "@loam/store";
import { showWorkOperation, type WorkRecord } from "@loam/work";
import type { z } from "zod";
import type { PairScorer } from "../services/pair-scorer.ts";

/** An operation with what it works on: nothing but an input is needed. */
export interface OfferedOperation {
  /** Whether it leaves something behind, so that a viewer may not ask for it. Work is: its result is the id of what was accepted. */
  readonly changes: boolean;
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
  store: Store;
  /** Opens a file that an input names. */
  open(file: string): Promise<OpenedFile>;
}

/** The use cases that answer whoever asks, for front ends that show all of them: the MCP server, the shared suite. */
export function offeredOperations({
  library,
  catalogues,
  models,
  pairs,
  store,
  open,
}: OperationContext): OfferedOperation[] {
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
    offer(importCatalogueOperation, () => ({ catalogues, open }), { changes: true }),
    offerWork(mergeOperation, (input) => startMerge(tuneFolders(store), input)),
    offerWork(exportAdapterOperation, (input) => startAdapterExport(tuneFolders(store), input)),
    offerWork(exportRecipeOperation, (input) => startRecipeExport(tuneFolders(store), input)),
    offer(showWorkOperation, () => store),
  ];
}

/** What is work is accepted; `work` says how far it is. */
function offerWork(
  operation: OfferedOperation["operation"],
  accept: (input: unknown) => Promise<WorkRecord>,
): OfferedOperation {
  const call = async (input: unknown) => {
    const { id, status } = await accept(input);
    return { work: id, status };
  };
  return { operation, changes: true, call };
}

function offer<I extends z.ZodObject, R, C, E>(
  operation: Operation<I, R, C, E>,
  context: () => C,
  { changes = false }: { changes?: boolean } = {},
): OfferedOperation {
  return {
    operation,
    changes,
    call: (input, controls) =>
      operation.call(context(), input as z.input<I>, controls as Partial<OperationControls<E>>),
  };
}
