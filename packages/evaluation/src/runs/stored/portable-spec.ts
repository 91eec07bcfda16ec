import type { EvaluationSpec } from "../spec.ts";

/**
 * What ties a spec to the machine, or the user, that wrote it: programs that it runs, addresses that it calls, files
 * that it reads. Empty for a spec that any worker can run.
 *
 * @returns paths of fields, such as `systems[1].command`.
 */
export function boundFields({ dataset, systems, bertscore, judge }: EvaluationSpec): string[] {
  const fields: [string, unknown][] = [
    ["dataset.path", dataset.path],
    ["bertscore.baseline", bertscore?.baseline],
    ["bertscore.model", pathIn(bertscore?.model)],
    ["judge", pathIn(judge)],
    ...systems.flatMap((system, i): [string, unknown][] => {
      const { command, url, headers, predictions, adapter, model, ask } = system;
      const own = { command, url, headers, predictions, adapter, model: pathIn(model), "ask.chat": pathIn(ask?.chat) };
      return Object.entries(own).map(([field, value]) => [`systems[${i}].${field}`, value]);
    }),
  ];
  return fields.flatMap(([field, value]) => (value === undefined ? [] : [field]));
}

/** A model's name that is, or holds, a path. */
function pathIn(model: string | undefined): string | undefined {
  const name = model?.replace(/^local:/, "");
  return name !== undefined && /^(\.{0,2}[/\\]|~|[A-Za-z]:[/\\])|\+/.test(name) ? name : undefined;
}
