import { type StoredWebhookEndpoint, unixSeconds } from "@loam/platform";
import type { WireObject } from "../wire/wire-object.ts";

export function toEndpointObject({ id, createdAt, body }: StoredWebhookEndpoint): WireObject {
  return {
    id,
    object: "webhook_endpoint" as const,
    created_at: unixSeconds(createdAt),
    updated_at: body.updatedAt,
    name: body.name,
    url: body.url,
    event_types: body.eventTypes,
    signing_secret_hint: `whsec_…${body.secret.slice(-4)}`,
  };
}

/** With the secret, which is told where it is made and never again. */
export function toEndpointWithSecret(endpoint: StoredWebhookEndpoint): WireObject {
  return { ...toEndpointObject(endpoint), signing_secret: endpoint.body.secret };
}
