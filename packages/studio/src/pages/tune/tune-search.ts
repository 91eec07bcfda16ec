/** What stands in the URL of the fine-tuning pages. */
const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

const list = (value: unknown): string[] => text(value)?.split(",").filter(Boolean) ?? [];

/** A new run; `like` names one whose recipe is taken over. */
export interface NewRunSearch {
  like?: string;
}

export function readNewRunSearch(search: Record<string, unknown>): NewRunSearch {
  const like = text(search.like);
  return like ? { like } : {};
}

export interface ChatSearch {
  base?: string;
  /** Ids, separated by commas. */
  adapters?: string;
}

export function readChatSearch(search: Record<string, unknown>): ChatSearch {
  const base = text(search.base);
  const adapters = list(search.adapters).slice(0, 3).join(",");
  return { ...(base && { base }), ...(adapters && { adapters }) };
}

export interface CompareSearch {
  /** Ids, separated by commas. */
  runs?: string;
  curve?: "eval";
  axis?: "time";
}

export function readCompareSearch(search: Record<string, unknown>): CompareSearch {
  const runs = list(search.runs).slice(0, 8).join(",");
  return {
    ...(runs && { runs }),
    ...(search.curve === "eval" && { curve: "eval" as const }),
    ...(search.axis === "time" && { axis: "time" as const }),
  };
}
