import type { ChatTool } from "../chat-tool.ts";

/** A piece of a function call, as {@link CallReader} finds it. */
export type CallPart =
  | { type: "text"; text: string }
  | { type: "call-start"; name: string }
  /** A piece of the arguments' JSON text. */
  | { type: "call-delta"; text: string }
  | { type: "call-end" };

/** Reads what follows the opening of a call, piece by piece. */
export interface CallReader {
  push(text: string): CallPart[];
  /** What follows the calls; undefined while they go on. */
  readonly rest: string | undefined;
  /** The text ends here: what has not become a call is text. */
  finish(): CallPart[];
}

/** How a call of one function is spelled: what stands before and after the JSON of its arguments. */
interface CallFrame {
  before: string;
  after: string;
}

/** How a family of models writes function calls. */
export interface CallNotation {
  readonly name: string;
  /** The text with which calls open in the middle of an answer. */
  readonly opening: string;
  /** What follows the opening and precedes the first call, what stands between calls, and what closes them. */
  readonly joints: { first: string; between: string; last: string };
  frame(name: string): CallFrame;
  /** Reads what follows {@link opening}. */
  reader(): CallReader;
  /** The ids of calls as the family's template accepts them; left out, any. */
  callId?(id: string): string;
  /** Describes the functions where the model's template does not. */
  describe?(tools: readonly ChatTool[]): string;
}
