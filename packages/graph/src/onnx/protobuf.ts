/**
 * Writes protocol-buffer messages (https://protobuf.dev/programming-guides/encoding) field by field: all that an
 * ONNX file needs. Fields may come in any order; zero and empty values are written when asked for.
 */
export class ProtobufWriter {
  #chunks: Uint8Array[] = [];
  #buffer = new Uint8Array(256);
  #length = 0;

  int(field: number, value: number | bigint): this {
    this.#varint(field << 3);
    this.#varint(value);
    return this;
  }

  float(field: number, value: number): this {
    this.#varint((field << 3) | 5);
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#write(bytes);
  }

  bytes(field: number, value: Uint8Array): this {
    this.#varint((field << 3) | 2);
    this.#varint(value.byteLength);
    return this.#write(value);
  }

  string(field: number, value: string): this {
    return this.bytes(field, encoder.encode(value));
  }

  message(field: number, value: ProtobufWriter): this {
    return this.bytes(field, value.finish());
  }

  packedInts(field: number, values: readonly (number | bigint)[]): this {
    const packed = new ProtobufWriter();
    for (const value of values) packed.#varint(value);
    return this.bytes(field, packed.finish());
  }

  packedFloats(field: number, values: readonly number[]): this {
    const view = new DataView(new ArrayBuffer(4 * values.length));
    for (const [i, value] of values.entries()) view.setFloat32(4 * i, value, true);
    return this.bytes(field, new Uint8Array(view.buffer));
  }

  finish(): Uint8Array {
    this.#flush();
    if (this.#chunks.length !== 1) {
      const whole = new Uint8Array(this.#chunks.reduce((total, { byteLength }) => total + byteLength, 0));
      let at = 0;
      for (const chunk of this.#chunks) {
        whole.set(chunk, at);
        at += chunk.byteLength;
      }
      this.#chunks = [whole];
    }
    return this.#chunks[0]!;
  }

  /** Base-128, least significant group first; negative numbers as 64-bit two's complement. */
  #varint(value: number | bigint): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    if (this.#length + 10 > this.#buffer.byteLength) this.#flush();
    while (rest > 127n) {
      this.#buffer[this.#length++] = Number(rest & 127n) | 128;
      rest >>= 7n;
    }
    this.#buffer[this.#length++] = Number(rest);
  }

  #write(bytes: Uint8Array): this {
    if (this.#length + bytes.byteLength > this.#buffer.byteLength) this.#flush();
    if (bytes.byteLength > this.#buffer.byteLength) {
      this.#chunks.push(bytes);
    } else {
      this.#buffer.set(bytes, this.#length);
      this.#length += bytes.byteLength;
    }
    return this;
  }

  #flush(): void {
    if (this.#length > 0) this.#chunks.push(this.#buffer.slice(0, this.#length));
    this.#length = 0;
  }
}

const encoder = new TextEncoder();
