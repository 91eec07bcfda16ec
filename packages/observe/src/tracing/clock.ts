/** Further apart than this from the system's clock (it was set, the machine slept), ours is set anew. */
const MAX_DRIFT_MS = 20;

let originMs = Date.now() - performance.now();
let lastMs = 0;

/**
 * Milliseconds since 1970, to the microsecond and never the same twice, so that spans sort in the order in which they
 * started. OpenTelemetry's own spans start on whole milliseconds.
 */
export function nowMs(): number {
  const wallMs = Date.now();
  if (Math.abs(originMs + performance.now() - wallMs) > MAX_DRIFT_MS) originMs = wallMs - performance.now();
  lastMs = Math.max(originMs + performance.now(), lastMs + 0.001);
  return lastMs;
}
