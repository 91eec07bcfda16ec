import type { Rng } from "@loam/core";
import type { ClipSize } from "../patches/patchify.ts";

/** A clip with what it shows. */
export interface Clip extends ClipSize {
  channels: number;
  /** [F, C, H, W], row-major, −1 is black and 1 is white. */
  data: Float32Array;
  caption: string;
  /** What is in it, where the source knows: judges learn from it. */
  facts?: Readonly<Record<string, string>>;
}

/** Where clips to learn from come from. */
export interface ClipSource {
  readonly channels: number;
  /** Clips of one batch have one size; a source names those it has. */
  readonly sizes: readonly ClipSize[];
  /** Every word that its captions are made of. */
  readonly words: readonly string[];
  readonly maxWords: number;
  /** Changes when the source would give other clips. */
  readonly hash: string;
  /** What `facts` may say. */
  readonly aspects: Readonly<Record<string, readonly string[]>>;
  /** A clip of this size; the same random numbers give the same clip. */
  draw(rng: Rng, size: ClipSize): Clip | Promise<Clip>;
  /** Every clip of a source that comes to an end, so that each can be worked on once. */
  readonly all?: { count: number; read(index: number, size: ClipSize): Promise<Clip> };
  /** One line for people: how much there is, what was left out. */
  describe(): string;
}
