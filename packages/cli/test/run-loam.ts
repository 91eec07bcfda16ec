import { spawn } from "node:child_process";
import { join } from "node:path";

export const bin = join(import.meta.dirname, "../bin/loam.js");

export interface Finished {
  exitCode: number | null;
  stdout: string;
  stderr: string;
  /** The standard output, which must be exactly one JSON document. */
  // biome-ignore lint/suspicious/noExplicitAny: the tests say what they expect of it
  json(): any;
}

export interface RunOptions {
  home: string;
  env?: Record<string, string>;
  input?: string;
  /** Sends SIGINT when this text has appeared on stderr. */
  interruptAt?: string;
  cwd?: string;
}

/** Runs the command line as a process of its own, with nothing of this environment but the path. */
export function runLoam(
  args: string[],
  { home, env = {}, input, interruptAt, cwd = home }: RunOptions,
): Promise<Finished> {
  const child = spawn(process.execPath, [bin, ...args], {
    cwd,
    env: { ...loamEnvironment(home), ...env },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => (stdout += chunk));
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
    if (interruptAt !== undefined && stderr.includes(interruptAt)) {
      child.kill("SIGINT");
      interruptAt = undefined;
    }
  });
  child.stdin.end(input ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exitCode) => resolve({ exitCode, stdout, stderr, json: () => JSON.parse(stdout) }));
  });
}

/** An environment without keys, models or files of whoever runs the tests. */
export function loamEnvironment(home: string): Record<string, string | undefined> {
  return { PATH: process.env.PATH, HOME: home, LOAM_HOME: home, OLLAMA_HOST: "127.0.0.1:9" };
}
