import type { ModelRegistry } from "@loam/platform";
import type { Context } from "hono";

/** Says in the headers of an answer who has written it, where that is not a model of this machine. */
export async function noteForwarding(c: Context, registry: ModelRegistry, model: string): Promise<void> {
  const provider = await registry.forwardedTo(model);
  if (provider !== undefined) c.header("x-loam-forwarded-to", provider);
}
