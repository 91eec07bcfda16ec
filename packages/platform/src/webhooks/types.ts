import type { Stored } from "../objects/collection.ts";
import type { WebhookEventType } from "./event-types.ts";

export interface WebhookEndpointBody {
  name: string;
  url: string;
  eventTypes: WebhookEventType[];
  /** `whsec_` and base64: what deliveries are signed with. */
  secret: string;
  /** The secret before, which signs too until then (unix milliseconds). */
  previous: { secret: string; until: number } | null;
  /** Unix seconds of the last change of what is above. */
  updatedAt: number;
}

export type StoredWebhookEndpoint = Stored<WebhookEndpointBody>;

/** What is delivered, as it stands in the body of the request. */
export interface WebhookEvent {
  /** One for each event, whichever endpoint hears of it and however often it is tried. */
  id: string;
  object: "event";
  /** Unix seconds. */
  created_at: number;
  type: WebhookEventType;
  data: { id: string };
}
