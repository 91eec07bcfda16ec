import type { Frames } from "./frames.ts";

/** x264's scale: 0 is lossless, 51 the worst; small pictures need a low one to stay legible. */
const quantizer = 16;

/**
 * H.264 in MP4, playing and seeking in browsers. The encoder is h264-mp4-encoder; its own container says that no frame can be
 * sought to, so the packets are put into a new one, with times and key frames, by mediabunny.
 *
 * Sides become even, as the format asks, by repeating the last row or column.
 */
export async function toMp4(frames: Frames, { framesPerSecond }: { framesPerSecond: number }): Promise<Uint8Array> {
  const [{ createH264MP4Encoder }, bunny] = await Promise.all([loadEncoder(), import("mediabunny")]);
  const even = toEven(frames);
  const encoder = await createH264MP4Encoder();
  let raw: Uint8Array;
  try {
    Object.assign(encoder, {
      width: even.width,
      height: even.height,
      frameRate: framesPerSecond,
      quantizationParameter: quantizer,
      // A key frame each second, to seek to.
      groupOfPictures: Math.max(1, Math.round(framesPerSecond)),
    });
    encoder.initialize();
    for (const picture of even.pictures) {
      encoder.addFrameRgba(toRgba(picture));
      // Encoding is synchronous: let the process answer others between frames.
      await new Promise((resolve) => setImmediate(resolve));
    }
    encoder.finalize();
    raw = encoder.FS.readFile(encoder.outputFilename);
  } finally {
    encoder.delete();
  }

  const input = new bunny.Input({ source: new bunny.BufferSource(raw), formats: [bunny.MP4] });
  const track = (await input.getPrimaryVideoTrack())!;
  const decoderConfig = (await track.getDecoderConfig())!;
  const target = new bunny.BufferTarget();
  const output = new bunny.Output({ format: new bunny.Mp4OutputFormat({ fastStart: "in-memory" }), target });
  const source = new bunny.EncodedVideoPacketSource("avc");
  output.addVideoTrack(source, { frameRate: framesPerSecond });
  await output.start();
  let frame = 0;
  for await (const packet of new bunny.EncodedPacketSink(track).packets()) {
    const seconds = frame++ / framesPerSecond;
    const type = hasKeyFrame(packet.data) ? "key" : "delta";
    await source.add(new bunny.EncodedPacket(packet.data, type, seconds, 1 / framesPerSecond), { decoderConfig });
  }
  await output.finalize();
  return withoutClock(new Uint8Array(target.buffer!));
}

interface Encoder {
  initialize(): void;
  addFrameRgba(rgba: Uint8Array): void;
  finalize(): void;
  delete(): void;
  outputFilename: string;
  FS: { readFile(name: string): Uint8Array };
}

async function loadEncoder(): Promise<{ createH264MP4Encoder(): Promise<Encoder> }> {
  const module = (await import("h264-mp4-encoder")) as { default?: unknown };
  return (module.default ?? module) as { createH264MP4Encoder(): Promise<Encoder> };
}

/** NAL units with four bytes of length in front; type 5 is a picture that needs no other (ITU-T H.264 table 7-1). */
function hasKeyFrame(packet: Uint8Array): boolean {
  const view = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  for (let at = 0; at + 5 <= packet.byteLength; at += 4 + view.getUint32(at))
    if ((packet[at + 4]! & 0x1f) === 5) return true;
  return false;
}

/** Boxes that carry the time of writing, which would make the same clip other bytes each time. */
const clocked = new Set(["mvhd", "tkhd", "mdhd"]);
const containers = new Set(["moov", "trak", "mdia"]);

/** Creation and modification times set to zero, "unknown" (ISO/IEC 14496-12 §8.2.2). */
function withoutClock(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const walk = (from: number, to: number): void => {
    for (let at = from; at + 8 <= to; ) {
      const size = view.getUint32(at);
      const type = String.fromCharCode(...file.subarray(at + 4, at + 8));
      if (size < 8) return;
      if (containers.has(type)) walk(at + 8, at + size);
      // Version 1 has times of eight bytes.
      if (clocked.has(type)) file.fill(0, at + 12, at + 12 + (file[at + 8] === 1 ? 16 : 8));
      at += size;
    }
  };
  walk(0, file.byteLength);
  return file;
}

function toEven({ width, height, pictures }: Frames): Frames {
  const [w, h] = [width + (width % 2), height + (height % 2)];
  if (w === width && h === height) return { width, height, pictures };
  return {
    width: w,
    height: h,
    pictures: pictures.map((picture) =>
      Uint8Array.from({ length: 3 * w * h }, (_, i) => {
        const [y, x, c] = [Math.floor(i / (3 * w)), Math.floor(i / 3) % w, i % 3];
        return picture[3 * (Math.min(y, height - 1) * width + Math.min(x, width - 1)) + c]!;
      }),
    ),
  };
}

const toRgba = (rgb: Uint8Array): Uint8Array =>
  Uint8Array.from({ length: (rgb.length / 3) * 4 }, (_, i) =>
    i % 4 === 3 ? 255 : rgb[Math.floor(i / 4) * 3 + (i % 4)]!,
  );
