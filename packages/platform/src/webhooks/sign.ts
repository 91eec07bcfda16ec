import { createHmac, randomBytes } from "node:crypto";

const secretPrefix = "whsec_";

/** A secret as Standard Webhooks writes it: `whsec_` and 32 random bytes in base64. */
export function newWebhookSecret(): string {
  return secretPrefix + randomBytes(32).toString("base64");
}

/**
 * The headers of a delivery (Standard Webhooks 1.0): HMAC-SHA-256 over `id.timestamp.payload`, a signature for each secret.
 *
 * @param atSeconds unix time of this try, which receivers compare with their clock
 */
export function webhookHeaders(
  payload: string,
  { id, atSeconds, secrets }: { id: string; atSeconds: number; secrets: readonly string[] },
): Record<string, string> {
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(secretPrefix.length), "base64");
    return `v1,${createHmac("sha256", key).update(`${id}.${atSeconds}.${payload}`).digest("base64")}`;
  });
  return { "webhook-id": id, "webhook-timestamp": String(atSeconds), "webhook-signature": signatures.join(" ") };
}
