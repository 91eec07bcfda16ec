import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { crc32c } from "./crc32c.ts";
import { TensorBoardWriter } from "./tensorboard.ts";

test("CRC-32C has the check values of RFC 3720", () => {
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(Buffer.from("123456789"))).toBe(0xe3069283);
});

test("an event file is a sequence of checked records that opens with its version", async () => {
  const folder = mkdtempSync(join(tmpdir(), "loam-board-"));
  const writer = new TensorBoardWriter(folder, { now: () => 1_700_000_000_000 });
  await writer.metrics(300, { "train/loss": 1.5 });
  await writer.finish();
  const bytes = readFileSync(join(folder, readdirSync(folder)[0]!));
  rmSync(folder, { recursive: true });
  const unmask = (masked: number) => {
    const rotated = (masked - 0xa282ead8) >>> 0;
    return ((rotated >>> 17) | (rotated << 15)) >>> 0;
  };
  const records: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    expect(unmask(bytes.readUInt32LE(at + 8))).toBe(crc32c(bytes.subarray(at, at + 8)));
    const data = bytes.subarray(at + 12, at + 12 + length);
    expect(unmask(bytes.readUInt32LE(at + 12 + length))).toBe(crc32c(data));
    records.push(data);
    at += 16 + length;
  }
  expect(records).toHaveLength(2);
  expect(records[0]!.includes("brain.Event:2")).toBe(true);
  // wall_time 1: double, step 2: varint 300, summary 5 {value 1 {tag 1, simple_value 2}}
  const wall = Buffer.alloc(8);
  wall.writeDoubleLE(1_700_000_000);
  const tail = Buffer.from([
    0x10,
    0xac,
    0x02,
    0x2a,
    19,
    0x0a,
    17,
    0x0a,
    10,
    ...Buffer.from("train/loss"),
    0x15,
    0,
    0,
    0xc0,
    0x3f,
  ]);
  expect(records[1]).toEqual(Buffer.concat([Buffer.from([0x09]), wall, tail]));
});
