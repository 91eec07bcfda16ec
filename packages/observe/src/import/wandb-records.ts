import { BinaryReader } from "@bufbuild/protobuf/wire";
import { InputError } from "@loam/core";

/** What an offline run of W&B says, in order (`wandb_internal.proto`, `Record`). */
export type WandbRecord =
  | {
      type: "run";
      id: string;
      project: string;
      name: string;
      group: string;
      notes: string;
      tags: string[];
      sweep: string;
      startMs: number | undefined;
      config: Items;
    }
  | { type: "history"; values: Items; step: number | undefined }
  | { type: "summary" | "config"; values: Items }
  | { type: "stats"; timeMs: number; values: Items }
  | { type: "output"; line: string }
  | { type: "exit"; code: number };

/** The path to each value, with its JSON text. */
export type Items = [path: string[], json: string][];

const blockBytes = 32 * 1024;
const signature = [0x3a, 0x57, 0x26, 0x42, 0xe1, 0xbe, 0x00]; // `:W&B`, magic, version

/**
 * The records of a `.wandb` file: a header of 7 bytes, then blocks of 32 KiB as LevelDB's log has them. What breaks
 * off, as in a run that was killed, ends it.
 *
 * @throws {InputError} when it is no such file.
 */
export function readWandbFile(bytes: Uint8Array, path: string): WandbRecord[] {
  if (!signature.every((byte, i) => bytes[i] === byte))
    throw new InputError("no_wandb_file", `${path} is no file of an offline run of W&B.`, {
      hint: "give the folder `wandb`, an `offline-run-…` in it, or its `run-….wandb`",
    });
  const records: WandbRecord[] = [];
  for (const data of logRecords(bytes)) {
    const record = readRecord(data);
    if (record) records.push(record);
  }
  return records;
}

function* logRecords(bytes: Uint8Array): Generator<Uint8Array> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let parts: Uint8Array[] = [];
  let at = signature.length;
  while (at + 7 <= bytes.length) {
    const left = blockBytes - (at % blockBytes);
    if (left < 7) {
      at += left;
      continue;
    }
    const length = view.getUint16(at + 4, true);
    const type = bytes[at + 6]!;
    const end = at + 7 + length;
    if (end > bytes.length) return;
    const data = bytes.subarray(at + 7, end);
    at = end;
    if (type === 0) continue; // the rest of a block
    if (type === 1 || type === 2) parts = [];
    parts.push(data);
    if (type === 1 || type === 4) yield parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }
}

type Fields = Record<number, (reader: BinaryReader) => void>;

function read(reader: BinaryReader, end: number, fields: Fields): void {
  while (reader.pos < end) {
    const [field, wireType] = reader.tag();
    const known = fields[field];
    if (known) known(reader);
    else reader.skip(wireType, field);
  }
}

function message(reader: BinaryReader, fields: Fields): void {
  const length = reader.uint32();
  read(reader, reader.pos + length, fields);
}

function readRecord(data: Uint8Array): WandbRecord | undefined {
  let record: WandbRecord | undefined;
  read(new BinaryReader(data), data.length, {
    2: (r) => {
      const values: Items = [];
      let step: number | undefined;
      message(r, { 1: (rr) => item(rr, values), 2: (rr) => message(rr, { 1: (s) => (step = Number(s.int64())) }) });
      record = { type: "history", values, step };
    },
    3: (r) => (record = { type: "summary", values: updates(r) }),
    5: (r) => (record = { type: "config", values: updates(r) }),
    7: (r) => {
      const stats = { type: "stats" as const, timeMs: 0, values: [] as Items };
      message(r, { 2: (rr) => (stats.timeMs = timestamp(rr)), 3: (rr) => item(rr, stats.values) });
      record = stats;
    },
    4: (r) => (record = { type: "output", line: line(r) }),
    13: (r) => (record = { type: "output", line: line(r) }),
    17: (r) => (record = run(r)),
    18: (r) => {
      let code = 0;
      message(r, { 1: (rr) => (code = rr.int32()) });
      record = { type: "exit", code };
    },
  });
  return record;
}

function run(reader: BinaryReader): WandbRecord {
  const found: Extract<WandbRecord, { type: "run" }> = {
    ...{ type: "run", id: "", project: "", name: "", group: "", notes: "", tags: [], sweep: "", startMs: undefined },
    config: [],
  };
  message(reader, {
    1: (r) => (found.id = r.string()),
    3: (r) => (found.project = r.string()),
    4: (r) => (found.config = updates(r)),
    6: (r) => (found.group = r.string()),
    8: (r) => (found.name = r.string()),
    9: (r) => (found.notes = r.string()),
    10: (r) => found.tags.push(r.string()),
    12: (r) => (found.sweep = r.string()),
    17: (r) => (found.startMs = timestamp(r)),
  });
  return found;
}

function updates(reader: BinaryReader): Items {
  const values: Items = [];
  message(reader, { 1: (r) => item(r, values) });
  return values;
}

function item(reader: BinaryReader, values: Items): void {
  let key = "";
  let json = "null";
  const nested: string[] = [];
  message(reader, {
    1: (r) => (key = r.string()),
    2: (r) => nested.push(r.string()),
    16: (r) => (json = r.string()),
  });
  values.push([nested.length > 0 ? nested : [key], json]);
}

function line(reader: BinaryReader): string {
  let text = "";
  message(reader, { 3: (r) => (text = r.string()) });
  return text;
}

function timestamp(reader: BinaryReader): number {
  let [seconds, nanos] = [0, 0];
  message(reader, { 1: (r) => (seconds = Number(r.int64())), 2: (r) => (nanos = r.int32()) });
  return seconds * 1000 + nanos / 1e6;
}
