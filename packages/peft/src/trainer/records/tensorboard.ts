import { type FileHandle, mkdir, open } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { writing } from "../../disk/disk-errors.ts";
import { crc32c } from "./crc32c.ts";
import type { RunRecorder } from "./recorder.ts";

/**
 * Writes scalars as a TensorBoard event file into a folder. The format is TFRecord: u64 length, masked CRC-32C of the length,
 * data, masked CRC-32C of the data; the data are `Event` messages of tensorflow/core/util/event.proto.
 */
export class TensorBoardWriter implements RunRecorder {
  readonly #folder: string;
  readonly #now: () => number;
  #file: Promise<FileHandle> | undefined;

  constructor(folder: string, { now = Date.now }: { now?: () => number } = {}) {
    this.#folder = folder;
    this.#now = now;
  }

  async metrics(step: number, values: Readonly<Record<string, number>>): Promise<void> {
    const summary = Object.entries(values).map(([tag, x]) =>
      message(1, Buffer.concat([message(1, Buffer.from(tag)), float(2, x)])),
    );
    await this.#write(Buffer.concat([varintField(2, step), message(5, Buffer.concat(summary))]));
  }

  async finish(): Promise<void> {
    await (await this.#file)?.close();
    this.#file = undefined;
  }

  async #write(event: Buffer): Promise<void> {
    await writing(this.#folder, { what: "TensorBoard events" }, async () => {
      this.#file ??= this.#open();
      await (await this.#file).appendFile(record(Buffer.concat([double(1, this.#now() / 1000), event])));
    });
  }

  async #open(): Promise<FileHandle> {
    await mkdir(this.#folder, { recursive: true });
    const seconds = this.#now() / 1000;
    const name = `events.out.tfevents.${seconds.toFixed(3)}.${hostname()}.${process.pid}`;
    const file = await open(join(this.#folder, name), "a");
    await file.write(record(Buffer.concat([double(1, seconds), message(3, Buffer.from("brain.Event:2"))])));
    return file;
  }
}

function record(data: Buffer): Buffer {
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(data.length));
  return Buffer.concat([length, maskedCrc(length), data, maskedCrc(data)]);
}

function maskedCrc(bytes: Uint8Array): Buffer {
  const crc = crc32c(bytes);
  const masked = Buffer.alloc(4);
  masked.writeUInt32LE((((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0);
  return masked;
}

// Fields of protocol buffers: a tag of number and wire type, then the value.
const varint = (n: number): Buffer => {
  const bytes: number[] = [];
  for (; n > 127; n = Math.floor(n / 128)) bytes.push((n % 128) | 128);
  return Buffer.from([...bytes, n]);
};
const varintField = (field: number, n: number): Buffer => Buffer.concat([varint(field << 3), varint(n)]);
const message = (field: number, data: Buffer): Buffer =>
  Buffer.concat([varint((field << 3) | 2), varint(data.length), data]);

function double(field: number, x: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(x);
  return Buffer.concat([varint((field << 3) | 1), bytes]);
}

function float(field: number, x: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(x);
  return Buffer.concat([varint((field << 3) | 5), bytes]);
}
