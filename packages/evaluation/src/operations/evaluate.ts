import { operation } from "@loam/core";
import type { Store } from "@loam/store";
import type { WorkControls } from "@loam/work";
import { z } from "zod";
import type { GateFailure } from "../runs/gate.ts";
import { storeKeeper } from "../runs/kept/store-keeper.ts";
import { openDataset, runEvaluationSpec, type SpecSurroundings } from "../runs/run-spec.ts";
import { boundFields } from "../runs/stored/portable-spec.ts";
import { readOrder, updateEvaluation } from "../runs/stored/stored-evaluations.ts";

/** What evaluations are run in. */
export interface EvaluationContext {
  store: Store;
  /** Opens models, documents and rows for one run; closed after it. */
  open(): Promise<SpecSurroundings & { close(): Promise<void> }>;
  /** It runs where the spec was written, so that programs, addresses and files that it names can be reached. */
  isHere?: boolean;
}

/** What became of an evaluation; its numbers are read by its id. */
export interface EvaluationOutcome {
  run: string;
  /** False when it was deleted while it waited. */
  evaluated: boolean;
  gate: GateFailure[];
}

export const evaluateOperation = operation({
  name: "evaluate",
  summary: "Run the systems of an evaluation over its dataset, and score what they make",
  description:
    "Goes on where it stopped: every output and every judgement is kept as soon as it is made. One that runs programs, or " +
    "reads files of the machine where it was started, waits to be started there again.",
  lasts: "work",
  input: z.strictObject({
    run: z.string().min(1).max(300).describe("id of an evaluation that was accepted"),
    alone: z.boolean().default(false).describe("take no output or judgement from other runs"),
  }),
  run: async (
    { store, open, isHere = false }: EvaluationContext,
    { run, alone },
    { signal, progress, ...controls },
  ): Promise<EvaluationOutcome> => {
    const order = await readOrder(store, run);
    if (!order) return { run, evaluated: false, gate: [] };
    const { spec } = order;
    const bound = isHere ? [] : boundFields({ ...spec, dataset: order.dataset ? {} : spec.dataset });
    if (bound.length > 0)
      (controls as WorkControls).wait(`${bound.join(", ")} can be reached where it was started only`, { bound });
    const surroundings = await open();
    try {
      let { dataset } = order;
      if (!dataset) {
        dataset = await openDataset(spec, { ...surroundings, signal, onProgress: progress });
        await updateEvaluation(store, run, { dataset });
      }
      const keeper = storeKeeper(store, run, { alone });
      const { gate } = await runEvaluationSpec(spec, {
        ...surroundings,
        ...{ keeper, dataset, signal, onProgress: progress },
      });
      return { run, evaluated: true, gate };
    } finally {
      await surroundings.close();
    }
  },
});
