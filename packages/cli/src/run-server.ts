import type { Io } from "./io.ts";

export async function runServer(_: {
  home?: string;
  port?: number;
  host?: string;
  io: Io;
  browser?: "open" | "leave";
}): Promise<void> {}
