import type { WriteStream } from "node:tty";
import type { OnProgress, ProgressEvent } from "@loam/core";

/** Where progress is shown; a pipe or file has neither `isTTY` nor `columns`. */
export type ProgressStream = Pick<NodeJS.WriteStream, "write"> & Partial<Pick<WriteStream, "isTTY" | "columns">>;

const REDRAW_MS = 100;
const FIRST_LINE_MS = 2000;
const LINE_EVERY_MS = 10_000;

/** Characters of the bar on a terminal that wide. */
export const barChars = (columns: number): number => (columns >= 100 ? 20 : 10);

/**
 * Shows progress on a terminal as one line that is redrawn, elsewhere (a log file) as a line after two seconds and
 * every ten from then on, so that short jobs leave no trace in it.
 */
export function progressLine(
  stream: ProgressStream,
  { now = () => performance.now() }: { now?: () => number } = {},
): { show: OnProgress; clear(): void } {
  let drawn = false;
  let last: number | undefined;
  return {
    show: (event) => {
      const time = now();
      // The clock of a log starts with the work, not with the process.
      last ??= stream.isTTY ? Number.NEGATIVE_INFINITY : time + FIRST_LINE_MS - LINE_EVERY_MS;
      const finished = event.total !== undefined && event.done >= event.total;
      if (time - last < (stream.isTTY ? REDRAW_MS : LINE_EVERY_MS) && !(stream.isTTY && finished)) return;
      last = time;
      if (!stream.isTTY) {
        stream.write(`${describeProgress(event)}\n`);
        return;
      }
      const columns = stream.columns ?? 80;
      stream.write(`\r\x1b[2K${fit(describeProgress(event, { bar: barChars(columns) }), columns)}`);
      drawn = true;
    },
    clear: () => {
      if (drawn) stream.write("\r\x1b[2K");
      drawn = false;
    },
  };
}

/** `paper.pdf: page 12 of 40, 30%, 0:12 left`. */
export function describeProgress(
  { task, label, unit, done, total, etaMs, message }: ProgressEvent,
  { bar: barLength = 0 }: { bar?: number } = {},
): string {
  const count = total === undefined ? `${unit} ${done}` : `${unit} ${done} of ${total}`;
  const share = total ? done / total : undefined;
  const parts = [count];
  if (share !== undefined) parts.push(`${Math.floor(share * 100)}%`);
  if (etaMs !== undefined && share !== 1) parts.push(`${clock(etaMs)} left`);
  if (message) parts.push(message);
  const filled = Math.round((share ?? 0) * barLength);
  const bar = barLength > 0 && share !== undefined ? `${"█".repeat(filled)}${"░".repeat(barLength - filled)} ` : "";
  return `${bar}${label ?? task}: ${parts.join(", ")}`;
}

function clock(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const rest = String(seconds % 60).padStart(2, "0");
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
}

function fit(line: string, columns: number): string {
  return line.length < columns ? line : `${line.slice(0, Math.max(0, columns - 2))}…`;
}
