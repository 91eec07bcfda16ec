import { LoamError, loggable } from "@loam/core";
import { parseCommandLine } from "./program.ts";
import { terminalIo } from "./terminal/io.ts";

/** How processes that a signal ended are counted by shells. */
const SIGNAL_EXIT = { SIGINT: 130, SIGTERM: 143 } as const;

/** Runs the command line of this process and sets its exit code. */
export async function main(argv: readonly string[] = process.argv.slice(2)): Promise<void> {
  // A reader that has seen enough (`loam trace ls | head`) is no error.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });
  const parsed = parseCommandLine(argv, {
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
  });
  if ("exitCode" in parsed) {
    process.exitCode = parsed.exitCode;
    return;
  }
  const { command, values, json } = parsed.invocation;
  const quit = new AbortController();
  const stopListening = listenForSignals(quit);
  const io = terminalIo({ json, signal: quit.signal });
  try {
    await command.run(values, io);
    process.exitCode = io.exitCode;
  } catch (error) {
    io.finish();
    process.exitCode = quit.signal.aborted ? SIGNAL_EXIT[quit.signal.reason as "SIGINT"] : report(error, io);
  } finally {
    io.finish();
    stopListening();
  }
}

/** The first Ctrl-C cancels, so that what was begun is put in order; the second one ends at once. */
function listenForSignals(quit: AbortController): () => void {
  const stop = (name: NodeJS.Signals) => {
    const code = SIGNAL_EXIT[name as "SIGINT"];
    if (quit.signal.aborted) process.exit(code);
    process.stderr.write("\nStopping… (again to stop at once)\n");
    process.exitCode = code;
    quit.abort(name);
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return () => {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  };
}

/** Says what went wrong, to people on stderr and to programs on stdout. @returns the exit code. */
function report(error: unknown, { json, answered }: { json: boolean; answered: boolean }): number {
  const known = error instanceof LoamError;
  if (json && !answered) {
    const shown = known ? error.toJSON() : { code: "internal", message: loggable(error).split("\n")[0]! };
    process.stdout.write(`${JSON.stringify({ error: shown }, null, 2)}\n`);
  }
  if (known) process.stderr.write(`${error.message}\n`);
  else process.stderr.write(`This is a bug in Loam: ${loggable(error)}\nPlease report it with the command you ran.\n`);
  return known ? error.exitCode : 1;
}
