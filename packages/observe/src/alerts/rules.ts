import { ArgumentError, NotFoundError } from "@loam/core";
import { alertRules, newId, type Store } from "@loam/store";
import { desc, eq } from "drizzle-orm";

/** The numbers that can be watched. */
export const alertMetrics = [
  "error_rate",
  "errors",
  "traces",
  "latency_p50_ms",
  "latency_p95_ms",
  "cost_usd",
  "tokens",
  "score",
  "run_nan",
  "run_silent",
] as const;
type AlertMetric = (typeof alertMetrics)[number];

/**
 * When a rule fires: its number, over the last minutes, lies beyond a threshold. It ends when the number comes back to
 * `clearAt`, so that one that trembles around its threshold is told once.
 */
export interface AlertCondition {
  metric: AlertMetric;
  /** Over how much time; a cost per day is 1440. */
  windowMinutes: number;
  above?: number;
  below?: number;
  /** Where a firing rule ends; the threshold itself when left out. */
  clearAt?: number;
  /** Of `score`: the judgement whose mean is watched. */
  feedback?: string;
  /** Only calls of this model. */
  model?: string;
  /** Of `run_nan`: only this curve. */
  key?: string;
}

/** Where a notice goes. A command is one of those that the configuration names: a request cannot bring one. */
export type AlertChannel = { type: "webhook"; url: string; secret?: string } | { type: "command"; name: string };

export interface AlertRule {
  id: string;
  name: string;
  project: string | null;
  condition: AlertCondition;
  channels: AlertChannel[];
  level: "info" | "warn" | "error";
  enabled: boolean;
  /** Null until it was first looked at. */
  state: "ok" | "firing" | null;
  value: number | null;
  checkedAt: Date | null;
  changedAt: Date | null;
  createdAt: Date;
}

export type NewAlertRule = Pick<AlertRule, "name" | "condition"> &
  Partial<Pick<AlertRule, "project" | "channels" | "level" | "enabled">>;

/** @throws {ArgumentError} naming what is not understood. */
export async function createAlertRule(store: Store, rule: NewAlertRule): Promise<AlertRule> {
  checkCondition(rule.condition);
  const [row] = await store.db
    .insert(alertRules)
    .values({
      id: newId("rule"),
      name: rule.name,
      project: rule.project ?? null,
      condition: rule.condition as unknown as Record<string, unknown>,
      channels: (rule.channels ?? []) as unknown as Record<string, unknown>[],
      level: rule.level ?? "warn",
      enabled: rule.enabled ?? true,
    })
    .returning();
  return row as unknown as AlertRule;
}

export async function listAlertRules(store: Store, { enabled }: { enabled?: boolean } = {}): Promise<AlertRule[]> {
  return (await store.db
    .select()
    .from(alertRules)
    .where(enabled === undefined ? undefined : eq(alertRules.enabled, enabled))
    .orderBy(desc(alertRules.createdAt))) as unknown as AlertRule[];
}

/** @throws {NotFoundError} */
export async function getAlertRule(store: Store, id: string): Promise<AlertRule> {
  const [row] = await store.db.select().from(alertRules).where(eq(alertRules.id, id));
  if (!row) throw new NotFoundError("alert rule", id);
  return row as unknown as AlertRule;
}

/** Changes what is given. A rule whose condition changes begins anew. @throws {NotFoundError} @throws {ArgumentError} */
export async function updateAlertRule(
  store: Store,
  id: string,
  changes: Partial<Omit<NewAlertRule, never>>,
): Promise<AlertRule> {
  if (changes.condition) checkCondition(changes.condition);
  await getAlertRule(store, id);
  await store.db
    .update(alertRules)
    .set({
      ...(changes as Record<string, unknown>),
      ...(changes.condition || changes.enabled === false ? { state: null, value: null } : {}),
    })
    .where(eq(alertRules.id, id));
  return await getAlertRule(store, id);
}

/** @throws {NotFoundError} */
export async function deleteAlertRule(store: Store, id: string): Promise<void> {
  await getAlertRule(store, id);
  await store.db.delete(alertRules).where(eq(alertRules.id, id));
}

function checkCondition({ metric, windowMinutes, above, below, clearAt, feedback }: AlertCondition): void {
  if (!alertMetrics.includes(metric)) throw new ArgumentError("condition.metric", metric, alertMetrics.join(", "));
  if (!(windowMinutes > 0 && windowMinutes <= 527_040))
    throw new ArgumentError("condition.windowMinutes", windowMinutes, "a number of minutes from above 0 to a year");
  if ((above === undefined) === (below === undefined))
    throw new ArgumentError(
      "condition.above",
      above,
      "one of `above` and `below`",
      "give the threshold as one of them",
    );
  if (clearAt !== undefined && (above === undefined ? clearAt < below! : clearAt > above))
    throw new ArgumentError(
      "condition.clearAt",
      clearAt,
      above === undefined ? `at least ${below}` : `at most ${above}`,
      "a rule ends on the good side of its threshold",
    );
  if (metric === "score" && !feedback)
    throw new ArgumentError("condition.feedback", feedback, "the name of the judgement whose mean is watched");
}
