import { JsonCall } from "./json-call.ts";
import type { CallPart, CallReader } from "./notation.ts";

/**
 * Reads JSON calls that stand between marks.
 *
 * @param opening is given back with what follows it when that is no call.
 * @param close ends the calls; a comma between calls goes on with the next one. Left out, the first call is the last.
 */
export function taggedCalls({ opening, close }: { opening: string; close?: string }): CallReader {
  let call: JsonCall | undefined = new JsonCall();
  let held = "";
  let rest: string | undefined;
  let called = false;

  function afterCall(text: string): CallPart[] {
    held += text;
    const trimmed = held.trimStart();
    if (close === undefined) rest = held;
    else if (trimmed.startsWith(close)) rest = trimmed.slice(close.length);
    else if (trimmed.startsWith(",")) {
      held = "";
      call = new JsonCall();
      return read(trimmed.slice(1));
    } else if (!close.startsWith(trimmed)) rest = held;
    return [];
  }

  function read(text: string): CallPart[] {
    if (rest !== undefined) return [];
    if (!call) return afterCall(text);
    const parts = call.push(text);
    called ||= parts.length > 0;
    if (call.broken) {
      parts.push({ type: "text", text: (called ? "" : opening) + call.finish() });
      call = undefined;
      rest = "";
    } else if (call.rest !== undefined) {
      const after = call.rest;
      call = undefined;
      parts.push(...afterCall(after));
    }
    return parts;
  }

  return {
    push: read,
    get rest() {
      return rest;
    },
    finish() {
      const left = call?.finish() ?? "";
      if (called) return left.trim() ? [{ type: "text", text: left }] : [];
      return [{ type: "text", text: opening + left }];
    },
  };
}
