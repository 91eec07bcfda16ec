/** `87 ms`, `4.2 s`, `3 min 20 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `12 kB`, `3.4 MB`. */
export function size(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${Math.round(bytes / 1e3)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

/** `$0.0123`; `cost unknown` when it is not known, with `+` in front of `?` when only a part is. */
export function cost(usd: number | null, { unpricedCalls = 0 }: { unpricedCalls?: number } = {}): string {
  if (usd === null) return unpricedCalls > 0 ? "cost unknown" : "$0";
  const shown = usd === 0 ? "$0" : `$${usd < 0.01 ? usd.toPrecision(2) : usd.toFixed(2)}`;
  return unpricedCalls > 0 ? `${shown} + ?` : shown;
}

/** `2026-11-23 18:05`, in local time. */
export function moment(date: Date): string {
  const two = (number: number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** `1 page`, `40 pages`. */
export function count(number: number | string, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
