import { UnavailableError } from "@loam/core";

/**
 * The error of a database or blobs that did not answer, if it is that which stopped the work: no attempt of the work's. A kind that
 * ends its things for itself throws it on, so that they wait.
 */
export function storeAway(error: unknown): UnavailableError | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if (cause instanceof UnavailableError && ["database", "blobs", "store"].includes(String(cause.details.service)))
      return cause;
  return undefined;
}
