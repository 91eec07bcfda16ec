import type { LoamError, OnProgress } from "@loam/core";
import { progressLine } from "./progress-line.ts";

/** What a command may do to the outside. Results go to stdout, everything else to stderr. */
export interface Io {
  /** Fires at Ctrl-C. */
  readonly signal: AbortSignal;
  readonly json: boolean;
  readonly progress: OnProgress;
  /** The command's result: as JSON with `--json`, else as the given text. Called once. */
  result(value: unknown, text: () => string): void;
  /** A piece of the text form of the result, as soon as it is there; nothing with `--json`. */
  write(text: string): void;
  /** A remark for people. */
  note(text: string): void;
  /** Something went wrong with a part of the work; the command goes on and ends with this error's exit code. */
  problem(what: string, error: LoamError): void;
  /** Ends with this code although the command ran through. */
  setExitCode(code: number): void;
  /** Asks on the terminal; undefined where there is none to ask on. */
  confirm(question: string): Promise<boolean | undefined>;
}

export interface TerminalIo extends Io {
  readonly exitCode: number;
  /** Whether the result has been printed. */
  readonly answered: boolean;
  /** Takes the progress line away. */
  finish(): void;
}

/** Input and output of the process. */
export function terminalIo({ json, signal }: { json: boolean; signal: AbortSignal }): TerminalIo {
  const line = progressLine(process.stderr);
  let exitCode = 0;
  let answered = false;
  const say = (text: string) => {
    line.clear();
    process.stderr.write(`${text}\n`);
  };
  return {
    json,
    signal,
    progress: line.show,
    get exitCode() {
      return exitCode;
    },
    get answered() {
      return answered;
    },
    result: (value, text) => {
      line.clear();
      answered = true;
      const shown = json ? JSON.stringify(value, null, 2) : text();
      if (shown) process.stdout.write(shown.endsWith("\n") ? shown : `${shown}\n`);
    },
    write: (text) => {
      if (json) return;
      line.clear();
      process.stdout.write(text);
    },
    note: (text) => {
      if (!json) say(text);
    },
    problem: (what, error) => {
      say(`${what}: ${error.message}`);
      exitCode = exitCode === 0 || exitCode === error.exitCode ? error.exitCode : 3;
    },
    setExitCode: (code) => {
      exitCode = code;
    },
    confirm: async (question) => {
      if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined;
      line.clear();
      const { confirm, isCancel } = await import("@clack/prompts");
      const answer = await confirm({ message: question, initialValue: false, output: process.stderr, signal });
      return !isCancel(answer) && answer;
    },
    finish: () => line.clear(),
  };
}
