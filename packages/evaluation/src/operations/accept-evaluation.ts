import { isDeepStrictEqual } from "node:util";
import type { Row } from "@loam/core";
import type { Store } from "@loam/store";
import { startWork, startWorkWith } from "@loam/work";
import { type Dataset, makeDataset } from "../runs/dataset.ts";
import { checkLimits } from "../runs/run-spec.ts";
import type { EvaluationSpec } from "../runs/spec.ts";
import { createEvaluation, getEvaluation, readOrder, updateEvaluation } from "../runs/stored/stored-evaluations.ts";
import { evaluateOperation } from "./evaluate.ts";

export interface StartEvaluationOptions {
  /** The rows, where they have been read: the spec's dataset is then not looked for. */
  dataset?: Dataset;
  /** Takes no output or judgement from other runs. */
  alone?: boolean;
  /** Leaves it to `workHere`, instead of to the next worker. */
  aside?: boolean;
}

/** A piece of work and what it makes. */
export interface StartedEvaluation {
  run: string;
  work: string;
}

/**
 * Accepts an evaluation: when this resolves it is on the disk, and some worker runs it.
 *
 * @throws {ArgumentError} for a limit on a metric that is not scored.
 */
export async function startEvaluation(
  store: Store,
  spec: EvaluationSpec,
  { dataset, alone = false, aside }: StartEvaluationOptions = {},
): Promise<StartedEvaluation> {
  checkLimits(spec);
  const order = withRowsApart({ spec, dataset });
  return await startWorkWith(store, evaluateOperation, async (db, start) => {
    const within = { ...store, db };
    const run = await createEvaluation(within, order.spec, order);
    const { id } = await start({ run, alone }, { name: spec.name, key: run, aside });
    await updateEvaluation(within, run, { work: id });
    return { run, work: id };
  });
}

/**
 * Puts what an evaluation that is to go on shall do in place of what it did, and leaves it to `workHere`. Rows that were made are
 * kept unless others are asked for now.
 */
export async function renewEvaluation(
  store: Store,
  run: string,
  { spec, dataset }: { spec: EvaluationSpec; dataset?: Dataset },
): Promise<StartedEvaluation> {
  checkLimits(spec);
  const { work } = await getEvaluation(store, run);
  const before = await readOrder(store, run);
  const isOther = !isDeepStrictEqual(before?.spec.dataset, asStored(spec.dataset));
  const id =
    work ?? (await startWork(store, evaluateOperation, { run }, { name: spec.name, key: run, aside: true })).id;
  const order = withRowsApart({ spec, dataset });
  await updateEvaluation(store, run, { ...order, dataset: order.dataset ?? (isOther ? null : undefined), work: id });
  return { run, work: id };
}

/** As it comes back from the store. */
const asStored = ({ rows: _, ...rest }: EvaluationSpec["dataset"]): unknown => JSON.parse(JSON.stringify(rest));

/** Rows that stand in a spec are kept as every dataset is. */
function withRowsApart({ spec, dataset }: { spec: EvaluationSpec; dataset?: Dataset }) {
  const { rows, ...rest } = spec.dataset;
  if (rows === undefined) return { spec, dataset };
  const made = makeDataset((rows as Row[]).slice(0, rest.limit), { name: spec.name, columns: rest.columns });
  return { spec: { ...spec, dataset: rest }, dataset: dataset ?? made };
}
