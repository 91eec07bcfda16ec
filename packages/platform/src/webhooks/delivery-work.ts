import { InputError, UnavailableError } from "@loam/core";
import type { WorkKind } from "@loam/work";
import { z } from "zod";
import { webhookEventTypes } from "./event-types.ts";
import type { Webhooks } from "./webhooks.ts";

const Input = z.object({
  project: z.string(),
  endpointId: z.string(),
  event: z.object({
    id: z.string(),
    object: z.literal("event"),
    created_at: z.number(),
    type: z.enum(webhookEventTypes),
    data: z.object({ id: z.string() }),
  }),
});
export type Delivery = z.infer<typeof Input>;

/** Doubling from two seconds up to an hour, this is three days, as long as OpenAI tries. */
const tries = 82;
const longestDelaySeconds = 3600;

/** What is known of the work where it is started. */
export const deliveryStart = {
  name: "webhook-delivery",
  maxAttempts: tries,
  parse: (input: unknown) => Input.parse(input),
} as const;

/** Delivers an event to an endpoint. Until it is taken with a status of 200 to 299 it is tried again, under the same id. */
export function deliveryKind(webhooks: Webhooks): WorkKind {
  return {
    ...deliveryStart,
    concurrency: 4,
    longestDelaySeconds,
    run: async (input, { signal }) => {
      const { project, endpointId, event } = input as Delivery;
      const endpoint = await webhooks.rows.find(project, endpointId);
      if (!endpoint) return { dropped: "the endpoint was deleted" };
      const status = await webhooks.deliver(endpoint, event, { signal });
      if (status >= 200 && status < 300) return { status };
      const { url } = endpoint.body;
      // "Gone" is how a receiver says that it wants no more (Standard Webhooks).
      if (status === 410)
        throw new InputError("webhook_gone", `${url} answered 410: it is there no more.`, {
          hint: "give the endpoint a new address",
        });
      throw new UnavailableError(url, `answered ${status}.`, {
        details: { status },
        hint: "the delivery is tried again by itself",
      });
    },
  };
}
