import { InputError } from "@loam/core";
import { maskedCrc32c } from "./crc32c.ts";

/** The records of a file, and why it was not read to its end. */
export interface Records {
  records: Uint8Array[];
  /** A file that is being written ends within a record: no fault, the rest comes later. */
  truncated: boolean;
}

/**
 * TensorFlow's records: length (u64 LE), its masked CRC-32C, the bytes, their masked CRC-32C.
 *
 * @throws {InputError} when a checksum does not hold, with the place.
 */
export function readRecords(bytes: Uint8Array, name: string): Records {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 12 > bytes.length) return { records, truncated: true };
    if (view.getUint32(at + 8, true) !== maskedCrc32c(bytes.subarray(at, at + 8)))
      throw damaged(name, at, records.length, "length");
    const length = Number(view.getBigUint64(at, true));
    const end = at + 12 + length + 4;
    if (end > bytes.length) return { records, truncated: true };
    const data = bytes.subarray(at + 12, at + 12 + length);
    if (view.getUint32(at + 12 + length, true) !== maskedCrc32c(data)) throw damaged(name, at, records.length, "data");
    records.push(data);
    at = end;
  }
  return { records, truncated: false };
}

function damaged(name: string, at: number, count: number, part: string): InputError {
  return new InputError(
    "damaged_record",
    `${name}: the checksum (CRC-32C) of the record at byte ${at} does not hold for its ${part}; ${count} records before it do.`,
    {
      details: { file: name, offset: at, records: count },
      hint: count === 0 ? "this is no event file, or it was damaged on its way" : "copy the file again",
    },
  );
}

/** One record. */
export function writeRecord(data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(16 + data.length);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, maskedCrc32c(bytes.subarray(0, 8)), true);
  bytes.set(data, 12);
  view.setUint32(12 + data.length, maskedCrc32c(data), true);
  return bytes;
}
