import { alerts, newId, type Store } from "@loam/store";
import { desc, eq } from "drizzle-orm";
import { redactText } from "../secrets/secrets.ts";

/** Something that a run or a rule wants a person to know. */
export interface Alert {
  id: string;
  project: string;
  runId: string | null;
  title: string;
  text: string;
  level: "info" | "warn" | "error";
  createdAt: Date;
}

export async function addAlert(
  store: Store,
  alert: Pick<Alert, "project" | "title" | "text" | "level"> & { runId?: string | null },
): Promise<Alert> {
  const [row] = await store.db
    .insert(alerts)
    .values({ ...alert, title: redactText(alert.title), text: redactText(alert.text), id: newId("alert") })
    .returning();
  return row!;
}

/** Newest first. */
export async function listAlerts(
  store: Store,
  { project, limit = 100 }: { project?: string; limit?: number } = {},
): Promise<Alert[]> {
  return await store.db
    .select()
    .from(alerts)
    .where(project === undefined ? undefined : eq(alerts.project, project))
    .orderBy(desc(alerts.createdAt))
    .limit(limit);
}
