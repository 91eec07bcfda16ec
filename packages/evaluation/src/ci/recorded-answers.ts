import type { LanguageModelV4 } from "@ai-sdk/provider";
import { UnavailableError } from "@loam/core";
import type { Cell } from "../runs/kept/cell-log.ts";
import type { RunKeeper } from "../runs/kept/keeper.ts";
import type { EvaluationSpec } from "../runs/spec.ts";
import type { System } from "../runs/system.ts";
import type { ModelIdentity } from "./ci-folder.ts";

/** Good cells that a run has used or made. */
export interface RecordedRun extends RunKeeper {
  readonly used: readonly Cell[];
}

/**
 * Keeps a run in memory and takes what it can from recorded answers, by the hash of all that each depends on.
 *
 * @param only takes everything from there, also what programs and services answered, which is otherwise asked anew.
 */
export function recordedKeeper(recorded: readonly Cell[], { only }: { only: boolean }): RecordedRun {
  const known = new Map(recorded.map((cell) => [cell.key, cell]));
  const used: Cell[] = [];
  return {
    used,
    open: async ({ anew }) => ({
      startedAt: undefined,
      cells: only && !anew ? recorded : [],
      begin: async () => {},
      append: async (cell) => {
        const isGood = cell.kind === "output" ? cell.error === undefined : cell.failure === undefined;
        const before = known.get(cell.key);
        if (isGood) used.push(cell.cached && before ? before : cell);
      },
      findElsewhere: async (key) => (anew ? undefined : known.get(key)),
      share: async () => {},
      finish: async () => {},
      close: async () => {},
    }),
  };
}

/** The system, where only what is recorded may be answered: it asks nobody. What needs no secret is made as ever. */
export function withoutCalls(system: System, spec: EvaluationSpec): System {
  const { column, predictions, model } = spec.systems.find(({ name }) => name === system.name)!;
  if (column !== undefined || predictions !== undefined || model?.startsWith("local:")) return system;
  return { ...system, run: (row) => Promise.reject(notRecorded(`row ${row.id} of ${system.name}`)) };
}

/** Stands for a model that cannot be opened here, so that what it once answered is found. */
export function recordedModel({ provider, modelId }: ModelIdentity): LanguageModelV4 {
  const refuse = () => Promise.reject(notRecorded(`this call of ${modelId}`));
  return {
    specificationVersion: "v4",
    provider,
    modelId,
    supportedUrls: {},
    doGenerate: refuse,
    doStream: refuse,
  };
}

function notRecorded(what: string): UnavailableError {
  return new UnavailableError("recorded answer", `there is none for ${what}`, {
    hint: "run `loam ci` where the model's key is, and commit the answers",
  });
}
