import { stringify } from "yaml";
import type { EvaluationOrder } from "../../../api/evaluations.ts";

/** Where the rows come from. */
export type RowSource = "table" | "questions" | "abstracts" | "examples" | "spans";

/** What a system is, as the form has it. */
export interface SystemDraft {
  /** Tells the cards apart. */
  key: number;
  kind: "model" | "ask" | "column";
  name: string;
  /** Each with each prompt is a system. */
  models: readonly string[];
  prompts: readonly string[];
  column: string;
  question: string;
}

/** The form as it stands. */
export interface OrderDraft {
  name: string;
  source: RowSource;
  rows: readonly Record<string, unknown>[];
  /** The file that the rows were read from. */
  table: string;
  columns: readonly string[];
  count: number;
  examples: string;
  spanName: string;
  limit: number | undefined;
  systems: readonly SystemDraft[];
  metrics: readonly string[];
}

/** What is still missing, by the field that lacks it. */
export type Lack = "name" | "rows" | "examples" | "systems" | "names" | "metrics";

export function lacksOf(draft: OrderDraft): Lack[] {
  const { name, source, rows, examples, systems, metrics } = draft;
  const names = systems.flatMap(systemsOf).map((system) => system.name);
  const lacks: (Lack | false)[] = [
    name.trim() === "" && "name",
    source === "table" && rows.length === 0 && "rows",
    source === "examples" && examples === "" && "examples",
    (systems.length === 0 || systems.some(isEmpty)) && "systems",
    (systems.some((system) => system.name.trim() === "") || new Set(names).size < names.length) && "names",
    metrics.length === 0 && "metrics",
  ];
  return lacks.filter((lack) => lack !== false);
}

function isEmpty({ kind, models, prompts, column, question }: SystemDraft): boolean {
  if (kind === "model") return models.length === 0 || prompts.some((prompt) => prompt.trim() === "");
  return (kind === "column" ? column : question).trim() === "";
}

/** The evaluation that the form describes: what the server takes, and `loam evaluate` reads from a file. */
export function orderOf({ name, limit, systems, metrics, ...draft }: OrderDraft): EvaluationOrder {
  return {
    name: name.trim(),
    dataset: { ...datasetOf(draft), ...(limit !== undefined && { limit }) },
    systems: systems.flatMap(systemsOf),
    metrics: [...metrics],
  };
}

/** The same as YAML for `loam evaluate`; rows of a table stay in their file. */
export function yamlOf(draft: OrderDraft): string {
  const { dataset, ...rest } = orderOf(draft);
  const { rows, ...others } = dataset as { rows?: unknown };
  const { name, systems, metrics } = rest;
  return stringify(
    { name, dataset: rows ? { path: draft.table, ...others } : dataset, systems, metrics },
    { lineWidth: 0 },
  );
}

function datasetOf({
  source,
  rows,
  count,
  examples,
  spanName,
}: Pick<OrderDraft, "source" | "rows" | "count" | "examples" | "spanName">): EvaluationOrder["dataset"] {
  if (source === "table") return { rows: [...rows] };
  if (source === "examples") return { examples };
  if (source === "spans") return { trace: { last: count, ...(spanName.trim() !== "" && { name: spanName.trim() }) } };
  return { library: { rows: source, ...(source === "questions" && { count }) } };
}

/** One system, or one for each model with each prompt; their names then say which. */
function systemsOf({ kind, name, models, prompts, column, question }: SystemDraft): EvaluationOrder["systems"] {
  if (kind === "column") return [{ name: name.trim(), column: column.trim() }];
  if (kind === "ask") return [{ name: name.trim(), ask: { question: question.trim() } }];
  return models.flatMap((model) =>
    prompts.map((prompt, i) => ({
      name: [name.trim(), models.length > 1 && model, prompts.length > 1 && `prompt ${i + 1}`]
        .filter(Boolean)
        .join(" · "),
      model,
      prompt,
    })),
  );
}

/** Fields that a prompt can take from the rows. */
export function fieldsOf({ source, columns }: Pick<OrderDraft, "source" | "columns">): readonly string[] {
  if (source === "table") return columns;
  if (source === "questions") return ["question"];
  if (source === "abstracts") return ["source", "title"];
  return source === "spans" ? ["input"] : [];
}

/** What a system of a kind begins with. */
export function newSystem(kind: SystemDraft["kind"], key: number, fields: readonly string[]): SystemDraft {
  const field = ["source", "question", "input", "text"].find((name) => fields.includes(name)) ?? fields[0] ?? "source";
  return {
    ...{ key, kind, models: [] },
    name: { model: `model-${key}`, ask: "documents", column: "recorded" }[kind],
    prompts: [`{{${field}}}`],
    column: fields.includes("prediction") ? "prediction" : "",
    question: fields.includes("question") || fields.length === 0 ? "{{question}}" : `{{${field}}}`,
  };
}

/** Metrics that the rows and systems at hand cannot be scored by, since nothing gives what they need. */
export function canBeScored(needs: readonly string[], { source, columns, systems }: OrderDraft): boolean {
  const asks = systems.some(({ kind }) => kind === "ask");
  const has: Record<string, boolean> = {
    contexts: asks || columns.includes("contexts"),
    goldPlaces: source === "questions" || columns.includes("goldPlaces"),
    assertions: columns.includes("assertions"),
    confidence: columns.includes("confidence"),
    jsonSchema: false,
  };
  return needs.every((need) => has[need] ?? true);
}
