import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

export const cli = join(import.meta.dirname, "../../packages/cli/bin/loam.js");
export const servedProcess = join(import.meta.dirname, "../../packages/server/test/served-process.ts");

/** A program of ours, what it said on its standard error output, and the address that it printed, if it came to that. */
export interface Process {
  child: ChildProcess;
  said: () => string;
  url: Promise<string | undefined>;
}

export function run(args: readonly string[], env: NodeJS.ProcessEnv): Process {
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  let err = "";
  child.stderr!.on("data", (part) => (err = (err + part).slice(-4000)));
  const url = new Promise<string | undefined>((resolve) => {
    child.stdout!.on("data", (part) => {
      out += part;
      const found = /http:\/\/[\w.:]+/.exec(out)?.[0];
      if (found) resolve(found);
    });
    child.once("exit", () => resolve(undefined));
  });
  return { child, said: () => err, url };
}

export const isGone = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

/** Ends a process and waits for its end. @returns whether it was still there. */
export async function end(child: ChildProcess, signal: "SIGKILL" | "SIGTERM"): Promise<boolean> {
  if (isGone(child)) return false;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
  return true;
}
