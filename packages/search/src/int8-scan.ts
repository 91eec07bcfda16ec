/**
 * Dot products of one query with many int8 vectors, in WebAssembly SIMD: JavaScript has no instruction that
 * multiplies and adds eight numbers at a time, and the scan is the part of a search that touches everything.
 *
 * A slab holds up to `slabRows` vectors in a memory of its own, so that an index grows without copying:
 *
 *     [ query, int16 × dims | dots, int32 × slabRows | codes, int8 × slabRows × dims ]
 */
export const slabRows = 4_096;

export interface ScanSlab {
  /** int16 × dims: the query, before a scan. */
  query: Int16Array;
  /** int32 × slabRows: the dot products, after it. */
  dots: Int32Array;
  /** int8 × slabRows × dims. */
  codes: Int8Array;
  /** Fills `dots[0..rows)`. */
  scan(rows: number): void;
}

const pageBytes = 65_536;

/**
 * @param dims width of a vector, a multiple of 16.
 * @param room rows it will hold at most.
 */
export function createSlab(dims: number, room = slabRows): ScanSlab {
  const dotsAt = dims * 2;
  const codesAt = dotsAt + Math.ceil(room / 4) * 16;
  const memory = new WebAssembly.Memory({ initial: Math.ceil((codesAt + room * dims) / pageBytes) });
  const { exports } = new WebAssembly.Instance(scanModule(), { loam: { memory } });
  const scan = exports.scan as (rows: number, dims: number, out: number, codes: number) => void;
  return {
    query: new Int16Array(memory.buffer, 0, dims),
    dots: new Int32Array(memory.buffer, dotsAt, room),
    codes: new Int8Array(memory.buffer, codesAt, room * dims),
    scan: (rows) => {
      if (rows > 0) scan(rows, dims, dotsAt, codesAt);
    },
  };
}

let compiled: WebAssembly.Module | undefined;

function scanModule(): WebAssembly.Module {
  compiled ??= new WebAssembly.Module(new Uint8Array(assemble()));
  return compiled;
}

/**
 * The module, assembled by hand (WebAssembly 2.0 §5, binary format). The one function, as text:
 *
 *     (func (export "scan") (param $rows i32) (param $dims i32) (param $out i32) (param $codes i32)
 *       (local $q i32) (local $stop i32) (local $x v128) (local $acc v128)
 *       (loop $row
 *         acc = 0; q = 0; stop = codes + dims
 *         (loop $dim
 *           x = load codes
 *           acc += dot(extend_low x, load q) + dot(extend_high x, load q+16)
 *           q += 32; codes += 16
 *           (br_if $dim (codes < stop)))
 *         store out (acc.0 + acc.1 + acc.2 + acc.3)
 *         out += 4
 *         (br_if $row (rows -= 1))))
 */
function assemble(): number[] {
  const i32 = 0x7f;
  const v128 = 0x7b;
  const [rows, dims, out, codes, q, stop, x, acc] = [0, 1, 2, 3, 4, 5, 6, 7];
  const get = (local: number) => [0x20, local];
  const set = (local: number) => [0x21, local];
  const constant = (value: number) => [0x41, value]; // value < 64: one byte of signed LEB128
  const add = [0x6a];
  const loadV128 = (offset: number) => [0xfd, 0x00, 4, offset];
  const lane = (i: number) => [...get(acc), 0xfd, 0x1b, i];
  const addV128 = [0xfd, 0xae, 0x01]; // i32x4.add
  const dot = [0xfd, 0xba, 0x01]; // i32x4.dot_i16x8_s
  const extendLow = [0xfd, 0x87, 0x01]; // i16x8.extend_low_i8x16_s
  const extendHigh = [0xfd, 0x88, 0x01]; // i16x8.extend_high_i8x16_s
  const loop = [0x03, 0x40];
  const end = [0x0b];
  const branchIf = [0x0d, 0];

  const body = [
    ...[2, 2, i32, 2, v128], // locals: q, stop; x, acc
    ...loop,
    ...[...constant(0), 0xfd, 0x11, ...set(acc)], // i32x4.splat
    ...[...constant(0), ...set(q)],
    ...[...get(codes), ...get(dims), ...add, ...set(stop)],
    ...loop,
    ...[...get(codes), ...loadV128(0), ...set(x)],
    ...get(acc),
    ...[...get(x), ...extendLow, ...get(q), ...loadV128(0), ...dot, ...addV128],
    ...[...get(x), ...extendHigh, ...get(q), ...loadV128(16), ...dot, ...addV128],
    ...set(acc),
    ...[...get(q), ...constant(32), ...add, ...set(q)],
    ...[...get(codes), ...constant(16), ...add, ...set(codes)],
    ...[...get(codes), ...get(stop), 0x49, ...branchIf], // i32.lt_u
    ...end,
    ...get(out),
    ...[...lane(0), ...lane(1), ...add, ...lane(2), ...add, ...lane(3), ...add],
    ...[0x36, 2, 0], // i32.store
    ...[...get(out), ...constant(4), ...add, ...set(out)],
    ...[...get(rows), ...constant(1), 0x6b, 0x22, rows, ...branchIf], // i32.sub, local.tee
    ...end,
    ...end,
  ];
  const text = (value: string) => [value.length, ...Buffer.from(value)];
  const section = (id: number, bytes: number[]) => [id, ...leb128(bytes.length), ...bytes];
  return [
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0], // "\0asm", version 1
    ...section(1, [1, 0x60, 4, i32, i32, i32, i32, 0]), // type: (i32 ×4) → ()
    ...section(2, [1, ...text("loam"), ...text("memory"), 0x02, 0x00, 1]), // import: memory of ≥ 1 page
    ...section(3, [1, 0]), // function 0 has type 0
    ...section(7, [1, ...text("scan"), 0x00, 0]), // export
    ...section(10, [1, ...leb128(body.length), ...body]), // code
  ];
}

function leb128(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...leb128(value >>> 7)];
}

/** The width of a code: `dims` rounded up to a SIMD step. */
export function codeWidth(dims: number): number {
  return Math.ceil(dims / 16) * 16;
}

/** Writes round(127·x / max|x|) and returns the scale max|x| / 127 that undoes it. */
export function quantise(vector: Float32Array, codes: Int8Array): number {
  let max = 0;
  for (const x of vector) max = Math.max(max, Math.abs(x));
  codes.fill(0);
  if (max === 0) return 0;
  for (let i = 0; i < vector.length; i++) codes[i] = Math.round((vector[i]! * 127) / max);
  return max / 127;
}
