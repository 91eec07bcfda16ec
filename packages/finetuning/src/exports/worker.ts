/** Runs one operation of an export in a process of its own and reports to the one that started it. */
import { NotFoundError, type OnProgress, type Operation, type OperationControls } from "@loam/core";
import { exportAdapterOperation, exportRecipeOperation, mergeOperation } from "@loam/peft";
import type { z } from "zod";
import { toSent } from "../child/child.ts";
import type { ExportOrder, ExportReport } from "./messages.ts";

type Run = (input: unknown, controls: Partial<OperationControls<never>>) => Promise<unknown>;

const runOf = <I extends z.ZodObject, R>({ name, parse, call }: Operation<I, R, object, never>): [string, Run] => [
  name,
  (input, controls) => call({}, parse(input) as z.input<I>, controls),
];
const runs = new Map([runOf(mergeOperation), runOf(exportAdapterOperation), runOf(exportRecipeOperation)]);
const stopped = new AbortController();

process.on("message", (order: ExportOrder) => {
  if (order.type === "stop") stopped.abort();
  else void run(order);
});
process.on("disconnect", () => process.exit());

async function run({ operation, input }: Extract<ExportOrder, { type: "export" }>): Promise<void> {
  try {
    const start = runs.get(operation);
    if (!start) throw new NotFoundError("export", operation, { known: [...runs.keys()] });
    const progress: OnProgress = (event) => tell({ type: "progress", event });
    end({ type: "end", result: await start(input, { signal: stopped.signal, progress }) });
  } catch (error) {
    end({ type: "failed", error: toSent(error) });
  }
}

function tell(report: ExportReport): void {
  if (process.connected) process.send!(report, () => {});
}

/** The process ends once its last word has been heard. */
function end(report: ExportReport): void {
  if (!process.connected) process.exit();
  process.send!(report, () => process.exit());
}
