import { ArgumentError } from "@loam/core";
import type { Page, PageQuery } from "@loam/platform";

interface PageRule {
  limit: number;
  most: number;
  order: "asc" | "desc";
}

const rule = (limit: number, order: PageRule["order"], most = 100): PageRule => ({ limit, most, order });

/** What a list gives where the request does not say, as OpenAI's document has it. */
export const pageRules = {
  assistants: rule(20, "desc"),
  batches: rule(20, "desc"),
  chat_completions: rule(20, "asc"),
  chat_completion_messages: rule(20, "asc"),
  conversation_items: rule(20, "desc"),
  evals: rule(20, "asc"),
  eval_runs: rule(20, "asc"),
  eval_output_items: rule(20, "asc"),
  files: rule(10_000, "desc", 10_000),
  checkpoint_permissions: rule(10, "desc"),
  fine_tuning_jobs: rule(20, "desc"),
  fine_tuning_checkpoints: rule(10, "desc"),
  fine_tuning_events: rule(20, "desc"),
  input_items: rule(20, "desc"),
  messages: rule(20, "desc"),
  runs: rule(20, "desc"),
  run_steps: rule(20, "desc"),
  videos: rule(20, "desc"),
  vector_stores: rule(20, "desc"),
  vector_store_files: rule(20, "desc"),
  webhook_endpoints: rule(20, "desc"),
} as const satisfies Record<string, PageRule>;

/**
 * The page that a request's query asks for.
 *
 * @throws {ArgumentError} naming `limit` or `order`.
 */
export function readPage(query: Record<string, string>, list: keyof typeof pageRules): PageQuery {
  const { limit: usual, most, order: usualOrder } = pageRules[list];
  const { limit = String(usual), after, before } = query;
  if (!/^[1-9]\d{0,8}$/.test(limit) || Number(limit) > most) {
    throw new ArgumentError("limit", limit, `a whole number from 1 to ${most}`);
  }
  const order = orders[query.order ?? usualOrder];
  if (!order) throw new ArgumentError("order", query.order, "`asc` or `desc`");
  return { limit: Number(limit), order, ...(after ? { after } : {}), ...(before ? { before } : {}) };
}

const orders: Record<string, PageQuery["order"]> = {
  asc: "asc",
  desc: "desc",
  ascending: "asc",
  descending: "desc",
};

/** A page as it is sent. */
export function toList<Item, Wire extends { id: string }>({ data, hasMore }: Page<Item>, toWire: (item: Item) => Wire) {
  const list = data.map(toWire);
  return {
    object: "list" as const,
    data: list,
    first_id: list[0]?.id ?? null,
    last_id: list.at(-1)?.id ?? null,
    has_more: hasMore,
  };
}
