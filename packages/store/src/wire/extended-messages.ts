import { message } from "./wire-messages.ts";

/** Messages of Postgres' extended query protocol (Postgres' manual, "Message Formats"), values as text. */

export const parse = (name: string, text: string): Buffer =>
  message("P", Buffer.concat([cString(name), cString(text), int16(0)]));

/** Asks for a statement's parameters and columns. */
export const describe = (name: string): Buffer => message("D", Buffer.concat([Buffer.from("S"), cString(name)]));

export function bind(name: string, values: readonly (string | null)[]): Buffer {
  const parts = values.flatMap((value) => {
    if (value === null) return [int32(-1)];
    const bytes = Buffer.from(value);
    return [int32(bytes.length), bytes];
  });
  return message("B", Buffer.concat([cString(""), cString(name), int16(0), int16(values.length), ...parts, int16(0)]));
}

const cString = (text: string): Buffer => Buffer.from(`${text}\0`);

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** Runs the portal that was bound, to its end. */
export const execute: Buffer = message("E", Buffer.concat([cString(""), int32(0)]));
