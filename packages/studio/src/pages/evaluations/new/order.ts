import type { EvaluationOrder } from "../../../api/evaluations.ts";

/** Where the rows come from. */
export type RowSource = "table" | "questions" | "abstracts" | "examples" | "spans";

/** What a system is, as the form has it. */
export interface SystemDraft {
  /** Tells the cards apart. */
  key: number;
  kind: "model" | "ask" | "column";
  name: string;
  model: string;
  prompt: string;
  column: string;
  question: string;
}

/** The form as it stands. */
export interface OrderDraft {
  name: string;
  source: RowSource;
  rows: readonly Record<string, unknown>[];
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
  const names = systems.map((system) => system.name.trim());
  const lacks: (Lack | false)[] = [
    name.trim() === "" && "name",
    source === "table" && rows.length === 0 && "rows",
    source === "examples" && examples === "" && "examples",
    (systems.length === 0 || systems.some(isEmpty)) && "systems",
    (names.includes("") || new Set(names).size < names.length) && "names",
    metrics.length === 0 && "metrics",
  ];
  return lacks.filter((lack) => lack !== false);
}

function isEmpty({ kind, model, prompt, column, question }: SystemDraft): boolean {
  if (kind === "model") return model === "" || prompt.trim() === "";
  return (kind === "column" ? column : question).trim() === "";
}

/** The evaluation that the form describes: what the server takes, and `loam evaluate` reads from a file. */
export function orderOf({ name, limit, systems, metrics, ...draft }: OrderDraft): EvaluationOrder {
  return {
    name: name.trim(),
    dataset: { ...datasetOf(draft), ...(limit !== undefined && { limit }) },
    systems: systems.map(systemOf),
    metrics: [...metrics],
  };
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

function systemOf({ kind, name, model, prompt, column, question }: SystemDraft): EvaluationOrder["systems"][number] {
  if (kind === "model") return { name: name.trim(), model, prompt };
  if (kind === "column") return { name: name.trim(), column: column.trim() };
  return { name: name.trim(), ask: { question: question.trim() } };
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
    ...{ key, kind, model: "" },
    name: { model: `model-${key}`, ask: "documents", column: "recorded" }[kind],
    prompt: `{{${field}}}`,
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
