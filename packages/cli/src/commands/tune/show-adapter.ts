import type { AdapterDescription, AdapterDifference } from "@loam/peft";
import { table } from "../../terminal/table.ts";
import { moment, size } from "../../terminal/units.ts";
import { moduleTable } from "./show-plan.ts";

const number = (n: number): string => n.toLocaleString("en");

/** What a method's size is told by: its rank, its tokens, its reduction. */
function rankText({ rank, config }: Pick<AdapterDescription, "rank" | "config">): string {
  if (rank !== null) return String(rank);
  if (config.num_virtual_tokens !== undefined) return `${config.num_virtual_tokens} tokens`;
  const { reduction_factor: factor } = (config.config ?? {}) as { reduction_factor?: unknown };
  return typeof factor === "number" ? `1/${factor}` : "-";
}

/** Adapters as a table, or as blocks where the terminal is too narrow for it. */
export function adapterTable(adapters: readonly AdapterDescription[]): string {
  if (adapters.length === 0) return "";
  const numeric = (texts: string[]) => {
    const width = Math.max(...texts.map((text) => text.length));
    return texts.map((text) => text.padStart(width));
  };
  const parameters = numeric(["parameters", ...adapters.map((adapter) => number(adapter.parameters))]);
  const sizes = numeric(["size", ...adapters.map(({ sizeBytes }) => size(sizeBytes))]);
  const losses = numeric(["loss", ...adapters.map(({ training }) => training?.lastLoss.toFixed(4) ?? "-")]);
  return table([
    ["name", "method", "rank", parameters[0]!, sizes[0]!, losses[0]!, "written", "base", "folder"],
    ...adapters.map((adapter, i) => [
      adapter.name,
      adapter.method,
      rankText(adapter),
      parameters[i + 1]!,
      sizes[i + 1]!,
      losses[i + 1]!,
      moment(adapter.modified),
      adapter.base ?? "-",
      adapter.folder,
    ]),
  ]);
}

/** Everything about one adapter. `fit` is what trying it on its base came to. */
export function adapterText(adapter: AdapterDescription, fit: string): string {
  const { method, training, card, config, modules } = adapter;
  const losses = training && [
    `${training.firstLoss.toFixed(4)} → ${training.lastLoss.toFixed(4)} in ${number(training.steps)} steps`,
    ...(training.evalLoss === undefined ? [] : [`evaluation ${training.evalLoss.toFixed(4)}`]),
    ...(training.bestEvalLoss !== undefined && training.bestEvalLoss < training.evalLoss!
      ? [`lowest ${training.bestEvalLoss.toFixed(4)}`]
      : []),
  ];
  const facts: [string, string][] = [
    ["adapter", `${adapter.name} (${method})`],
    ["base", `${adapter.base ?? "not named"}: ${fit}`],
    ["parameters", `${number(adapter.parameters)}, ${size(adapter.sizeBytes)}`],
    ["written", moment(adapter.modified)],
    ...(losses ? [["loss", losses.join(", ")] as [string, string]] : []),
  ];
  const told = new Set(["base_model_name_or_path", "peft_type", "inference_mode", "peft_version"]);
  const options = Object.entries(config).filter(
    ([field, value]) => !told.has(field) && value !== null && value !== undefined,
  );
  return [
    table(facts),
    moduleTable(method, modules),
    table(options.map(([field, value]) => [field, typeof value === "string" ? value : JSON.stringify(value)])),
    ...(card.length > 0 ? [`on its card:\n${table(card)}`] : []),
  ].join("\n\n");
}

/** How two adapters differ, the weights that differ most first. */
export function differenceText({ config, compared, entries, total }: AdapterDifference, rows: number): string {
  const figures = (of: { normA: number; normB: number; distance: number; cosine: number | null }) => [
    of.normA.toPrecision(4).padStart(9),
    of.normB.toPrecision(4).padStart(9),
    of.distance.toPrecision(4).padStart(9),
    (of.cosine === null ? "-" : of.cosine.toFixed(4)).padStart(7),
  ];
  const value = (x: unknown) => (x === undefined ? "-" : typeof x === "string" ? x : JSON.stringify(x));
  const largest = [...entries].sort((a, b) => b.distance - a.distance).slice(0, rows);
  const what = compared === "weights" ? "change of" : "tensor";
  return [
    config.length === 0
      ? "The configs are the same."
      : table([["option", "A", "B"], ...config.map(({ field, a, b }) => [field, value(a), value(b)])]),
    table([
      [what, ...["‖A‖", "‖B‖", "‖A − B‖"].map((name) => name.padStart(9)), " cosine"],
      ["all", ...figures(total)],
      ...largest.map((entry) => [entry.name.replace(/^base_model\.model\./, ""), ...figures(entry)]),
    ]) + (entries.length > largest.length ? `\n… ${entries.length - largest.length} more` : ""),
  ].join("\n\n");
}
