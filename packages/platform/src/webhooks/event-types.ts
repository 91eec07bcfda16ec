/** What endpoints are told, by what has happened to an object. */
export const webhookEventTypes = [
  "batch.completed",
  "batch.failed",
  "batch.expired",
  "batch.cancelled",
  "response.completed",
  "response.failed",
  "response.cancelled",
  "response.incomplete",
  "eval.run.succeeded",
  "eval.run.failed",
  "eval.run.canceled",
  "fine_tuning.job.succeeded",
  "fine_tuning.job.failed",
  "fine_tuning.job.cancelled",
  "video.completed",
  "video.failed",
] as const;

export type WebhookEventType = (typeof webhookEventTypes)[number];

/** The event that goes with a state in which a kind of object ends; undefined for a state that is told to nobody. */
export function endingEvent(
  kind: "batch" | "response" | "eval.run" | "fine_tuning.job" | "video",
  status: string,
): WebhookEventType | undefined {
  const type = `${kind}.${kind === "eval.run" && status === "completed" ? "succeeded" : status}`;
  return webhookEventTypes.find((known) => known === type);
}
