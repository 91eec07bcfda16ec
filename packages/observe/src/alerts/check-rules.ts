import { alertNotices, alertRules, alerts, newId, type Store } from "@loam/store";
import { eq } from "drizzle-orm";
import { measure } from "./measure.ts";
import { type AlertCondition, type AlertRule, listAlertRules } from "./rules.ts";

/**
 * Whether a rule fires now, given whether it did: it begins beyond its threshold and ends at `clearAt`, so a number
 * that trembles around the threshold is told once. Without a number it stays as it was.
 */
export function nextState(
  { above, below, clearAt }: Pick<AlertCondition, "above" | "below" | "clearAt">,
  before: AlertRule["state"],
  value: number | null,
): "ok" | "firing" {
  if (value === null) return before ?? "ok";
  const threshold = above ?? below!;
  const edge = before === "firing" ? (clearAt ?? threshold) : threshold;
  return (above === undefined ? value < edge : value > edge) ? "firing" : "ok";
}

/** Looks at every rule. What changes is an alert and a notice for each of its channels, once, whoever else looks. */
export async function checkAlertRules(store: Store, now = new Date()): Promise<AlertRule[]> {
  const changed: AlertRule[] = [];
  for (const rule of await listAlertRules(store, { enabled: true })) {
    const value = await measure(store, rule, now);
    await store.db.transaction(async (tx) => {
      const [row] = await tx.select().from(alertRules).where(eq(alertRules.id, rule.id)).for("update");
      const current = row as unknown as AlertRule | undefined;
      if (!current?.enabled) return;
      const state = nextState(current.condition, current.state, value);
      const isNew = state !== (current.state ?? "ok");
      await tx
        .update(alertRules)
        .set({ state, value, checkedAt: now, ...(isNew ? { changedAt: now } : {}) })
        .where(eq(alertRules.id, rule.id));
      if (!isNew) return;
      const notice = describeChange(current, state, value, now);
      await tx.insert(alerts).values({
        id: newId("alert"),
        project: current.project ?? "",
        title: notice.title,
        text: notice.text,
        level: state === "firing" ? current.level : "info",
      });
      if (current.channels.length > 0)
        await tx.insert(alertNotices).values(
          current.channels.map((channel) => ({
            id: newId("notice"),
            ruleId: rule.id,
            channel: channel as unknown as Record<string, unknown>,
            body: {
              type: `alert.${state === "firing" ? "firing" : "resolved"}`,
              timestamp: now.toISOString(),
              data: notice,
            },
            nextAt: now,
          })),
        );
      changed.push({ ...current, state, value });
    });
  }
  return changed;
}

function describeChange(
  { id, name, project, condition, level }: AlertRule,
  state: string,
  value: number | null,
  now: Date,
) {
  const bound = condition.above === undefined ? `below ${condition.below}` : `above ${condition.above}`;
  const shown = value === null ? "unknown" : Number(value.toPrecision(4));
  return {
    rule: { id, name },
    project,
    state,
    level,
    value,
    condition,
    at: now.toISOString(),
    title: state === "firing" ? name : `${name} is over`,
    text: `${condition.metric} is ${shown} over ${condition.windowMinutes} minutes; it is told when ${bound}.`,
  };
}
