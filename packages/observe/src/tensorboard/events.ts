import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** A histogram: how many values lie up to each limit. */
export interface Histogram {
  min: number;
  max: number;
  count: number;
  sum: number;
  limits: number[];
  counts: number[];
}

/** One value of an event, as far as it is understood. */
export type TensorboardValue =
  | { type: "scalar"; tag: string; value: number }
  | { type: "text"; tag: string; text: string }
  | { type: "image"; tag: string; bytes: Uint8Array; width: number; height: number }
  | { type: "audio"; tag: string; bytes: Uint8Array; contentType: string }
  | { type: "histogram"; tag: string; histogram: Histogram }
  | { type: "hparams"; values: Record<string, unknown> };

export interface TensorboardEvent {
  wallTime: number;
  step: number;
  fileVersion: string | undefined;
  values: TensorboardValue[];
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

/** `tensorflow.Event`. @throws {RangeError} when it is none. */
export function readEvent(bytes: Uint8Array): TensorboardEvent {
  const event: TensorboardEvent = { wallTime: 0, step: 0, fileVersion: undefined, values: [] };
  read(new BinaryReader(bytes), bytes.length, {
    1: (r) => (event.wallTime = r.double()),
    2: (r) => (event.step = Number(r.int64())),
    3: (r) => (event.fileVersion = r.string()),
    5: (r) => message(r, { 1: (rr) => event.values.push(...readValue(rr)) }),
  });
  return event;
}

interface Tensor {
  dtype: number;
  shape: number[];
  content: Uint8Array;
  floats: number[];
  strings: Uint8Array[];
}

/** `Summary.Value`: the older fields of their own, or a tensor that its plugin's name explains. */
function readValue(reader: BinaryReader): TensorboardValue[] {
  let tag = "";
  let plugin = "";
  let pluginContent: Uint8Array = new Uint8Array();
  let tensor: Tensor | undefined;
  let found: TensorboardValue | undefined;
  message(reader, {
    1: (r) => (tag = r.string()),
    2: (r) => (found = { type: "scalar", tag: "", value: r.float() }),
    4: (r) => {
      const image = { type: "image" as const, tag: "", bytes: new Uint8Array(), width: 0, height: 0 };
      message(r, {
        1: (rr) => (image.height = rr.int32()),
        2: (rr) => (image.width = rr.int32()),
        4: (rr) => (image.bytes = rr.bytes().slice()),
      });
      found = image;
    },
    5: (r) => (found = { type: "histogram", tag: "", histogram: readHistogram(r) }),
    6: (r) => {
      const audio = { type: "audio" as const, tag: "", bytes: new Uint8Array(), contentType: "audio/wav" };
      message(r, { 4: (rr) => (audio.bytes = rr.bytes().slice()), 5: (rr) => (audio.contentType = rr.string()) });
      found = audio;
    },
    8: (r) => (tensor = readTensor(r)),
    9: (r) =>
      message(r, {
        1: (rr) =>
          message(rr, { 1: (rrr) => (plugin = rrr.string()), 2: (rrr) => (pluginContent = rrr.bytes().slice()) }),
      }),
  });
  if (plugin === "hparams") {
    const values = readHparams(pluginContent);
    return values ? [{ type: "hparams", values }] : [];
  }
  if (found) return [{ ...found, tag } as TensorboardValue];
  return tensor ? readTensorValue(tag, plugin, tensor) : [];
}

function readTensorValue(tag: string, plugin: string, tensor: Tensor): TensorboardValue[] {
  const numbers = numbersOf(tensor);
  const [first, second, ...rest] = tensor.strings;
  switch (plugin) {
    case "text":
      return tensor.strings.length > 0
        ? [{ type: "text", tag: tag.replace(/\/text_summary$/, ""), text: tensor.strings.map(text).join("\n") }]
        : [];
    case "images": {
      if (!first || !second) return [];
      const [width, height] = [Number(text(first)), Number(text(second))];
      return rest.map((bytes, i) => ({
        type: "image",
        tag: rest.length > 1 ? `${tag}/${i}` : tag,
        bytes,
        width,
        height,
      }));
    }
    case "histograms": {
      // Rows of [left, right, count].
      const limits: number[] = [];
      const counts: number[] = [];
      for (let i = 0; i + 2 < numbers.length; i += 3) {
        limits.push(numbers[i + 1]!);
        counts.push(numbers[i + 2]!);
      }
      const count = counts.reduce((a, b) => a + b, 0);
      return [
        {
          type: "histogram",
          tag,
          histogram: { min: numbers[0] ?? 0, max: limits.at(-1) ?? 0, count, sum: 0, limits, counts },
        },
      ];
    }
    default:
      return numbers.length === 1 && tensor.strings.length === 0 ? [{ type: "scalar", tag, value: numbers[0]! }] : [];
  }
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8");
}

function readTensor(reader: BinaryReader): Tensor {
  const tensor: Tensor = { dtype: 0, shape: [], content: new Uint8Array(), floats: [], strings: [] };
  const packed = (r: BinaryReader, one: () => number) => {
    // A single number, or several in one field.
    const end = r.uint32() + r.pos;
    while (r.pos < end) tensor.floats.push(one());
  };
  const length = reader.uint32();
  const end = reader.pos + length;
  while (reader.pos < end) {
    const [field, wireType] = reader.tag();
    const isPacked = wireType === WireType.LengthDelimited;
    if (field === 1) tensor.dtype = reader.int32();
    else if (field === 4) tensor.content = reader.bytes().slice();
    else if (field === 5) isPacked ? packed(reader, () => reader.float()) : tensor.floats.push(reader.float());
    else if (field === 6) isPacked ? packed(reader, () => reader.double()) : tensor.floats.push(reader.double());
    else if (field === 7) isPacked ? packed(reader, () => reader.int32()) : tensor.floats.push(reader.int32());
    else if (field === 8) tensor.strings.push(reader.bytes().slice());
    else if (field === 10)
      isPacked ? packed(reader, () => Number(reader.int64())) : tensor.floats.push(Number(reader.int64()));
    else reader.skip(wireType, field);
  }
  return tensor;
}

/** The numbers of a tensor, from its bytes (DT_FLOAT 1, DT_DOUBLE 2, DT_INT32 3, DT_INT64 9) or its lists. */
function numbersOf({ dtype, content, floats }: Tensor): number[] {
  if (content.length === 0) return floats;
  const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
  const width = dtype === 2 || dtype === 9 ? 8 : 4;
  const numbers: number[] = [];
  for (let i = 0; i + width <= content.length; i += width)
    numbers.push(
      dtype === 1
        ? view.getFloat32(i, true)
        : dtype === 2
          ? view.getFloat64(i, true)
          : dtype === 9
            ? Number(view.getBigInt64(i, true))
            : view.getInt32(i, true),
    );
  return numbers;
}

function readHistogram(reader: BinaryReader): Histogram {
  const histogram: Histogram = { min: 0, max: 0, count: 0, sum: 0, limits: [], counts: [] };
  const doubles = (target: number[]) => (r: BinaryReader) => {
    const end = r.uint32() + r.pos;
    while (r.pos < end) target.push(r.double());
  };
  message(reader, {
    1: (r) => (histogram.min = r.double()),
    2: (r) => (histogram.max = r.double()),
    3: (r) => (histogram.count = r.double()),
    4: (r) => (histogram.sum = r.double()),
    6: doubles(histogram.limits),
    7: doubles(histogram.counts),
  });
  return histogram;
}

/** `HParamsPluginData.session_start_info.hparams`: a map from names to `google.protobuf.Value`. */
function readHparams(bytes: Uint8Array): Record<string, unknown> | undefined {
  const values: Record<string, unknown> = {};
  let found = false;
  read(new BinaryReader(bytes), bytes.length, {
    3: (r) => {
      found = true;
      message(r, {
        1: (rr) => {
          let key = "";
          let value: unknown = null;
          message(rr, {
            1: (rrr) => (key = rrr.string()),
            2: (rrr) =>
              message(rrr, {
                2: (v) => (value = v.double()),
                3: (v) => (value = v.string()),
                4: (v) => (value = v.bool()),
              }),
          });
          Object.defineProperty(values, key, { value, enumerable: true, writable: true, configurable: true });
        },
      });
    },
  });
  return found ? values : undefined;
}

/** The first event of a file. */
export function writeVersion(wallTime: number): Uint8Array {
  return new BinaryWriter()
    .tag(1, WireType.Bit64)
    .double(wallTime)
    .tag(3, WireType.LengthDelimited)
    .string("brain.Event:2")
    .finish();
}

/** An event with one value. */
export function writeEvent(wallTime: number, step: number, value: TensorboardValue): Uint8Array {
  const writer = new BinaryWriter()
    .tag(1, WireType.Bit64)
    .double(wallTime)
    .tag(2, WireType.Varint)
    .int64(step)
    .tag(5, WireType.LengthDelimited)
    .fork()
    .tag(1, WireType.LengthDelimited)
    .fork();
  writeValue(writer, value);
  return writer.join().join().finish();
}

function writeValue(writer: BinaryWriter, value: TensorboardValue): void {
  if (value.type === "hparams") {
    writer.tag(1, WireType.LengthDelimited).string("_hparams_/session_start_info");
    plugin(writer, "hparams", writeHparams(value.values));
    return;
  }
  writer.tag(1, WireType.LengthDelimited).string(value.tag);
  switch (value.type) {
    case "scalar":
      writer.tag(2, WireType.Bit32).float(value.value);
      break;
    case "image":
      writer.tag(4, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.Varint).int32(value.height).tag(2, WireType.Varint).int32(value.width);
      writer.tag(3, WireType.Varint).int32(3).tag(4, WireType.LengthDelimited).bytes(value.bytes).join();
      break;
    case "audio":
      writer.tag(6, WireType.LengthDelimited).fork();
      writer
        .tag(4, WireType.LengthDelimited)
        .bytes(value.bytes)
        .tag(5, WireType.LengthDelimited)
        .string(value.contentType)
        .join();
      break;
    case "text":
      writer.tag(8, WireType.LengthDelimited).fork().tag(1, WireType.Varint).int32(7);
      writer.tag(8, WireType.LengthDelimited).bytes(Buffer.from(value.text, "utf8")).join();
      plugin(writer, "text", new Uint8Array());
      break;
    case "histogram": {
      const { min, max, count, sum, limits, counts } = value.histogram;
      writer.tag(5, WireType.LengthDelimited).fork();
      for (const [field, number] of [min, max, count, sum].entries())
        writer.tag(field + 1, WireType.Bit64).double(number);
      for (const [field, numbers] of [
        [6, limits],
        [7, counts],
      ] as const) {
        writer.tag(field, WireType.LengthDelimited).fork();
        for (const number of numbers) writer.double(number);
        writer.join();
      }
      writer.join();
    }
  }
}

function plugin(writer: BinaryWriter, name: string, content: Uint8Array): void {
  writer.tag(9, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(name).tag(2, WireType.LengthDelimited).bytes(content).join().join();
}

function writeHparams(values: Record<string, unknown>): Uint8Array {
  const writer = new BinaryWriter().tag(3, WireType.LengthDelimited).fork();
  for (const [key, value] of Object.entries(values)) {
    writer.tag(1, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string(key);
    writer.tag(2, WireType.LengthDelimited).fork();
    if (typeof value === "number") writer.tag(2, WireType.Bit64).double(value);
    else if (typeof value === "boolean") writer.tag(4, WireType.Varint).bool(value);
    else writer.tag(3, WireType.LengthDelimited).string(typeof value === "string" ? value : JSON.stringify(value));
    writer.join().join();
  }
  return writer.join().finish();
}
