import { endianness } from "node:os";
import { type OnProgress, ProgressMeter, Rng, runInTurns } from "@loam/core";
import { TopK } from "@loam/search";
import type { UMAP } from "umap-js";
import type { CatalogueItem } from "../items/catalogue.ts";
import type { ItemList } from "../items/item-list.ts";
import { itemFeatures } from "../items/item-terms.ts";
import { ItemVectors } from "../model/item-vectors.ts";
import { type MapLabel, mapLabels } from "./map-labels.ts";

/** Items of a catalogue as points of a plane: alike ones lie close together. */
export interface CatalogueMap {
  /** The rows that are on it, ascending. */
  rows: Uint32Array;
  /** x and y of each, in [0, 1]. */
  points: Float32Array;
  labels: readonly MapLabel[];
}

/** More points say no more to the eye, and laying them out takes minutes. */
const mappedItems = 6_000;
const neighbours = 15;
const epochs = 250;
/** Numbers that features are projected to; cosines are off by about 0.06. */
const featureDims = 256;
/** Of these each feature touches so many. */
const touched = 8;

export interface LayOutOptions {
  /** The items' meaning, where that says more than words and tags. */
  vectors?: ItemVectors;
  seed?: number;
  signal?: AbortSignal;
  onProgress?: OnProgress;
}

/**
 * Lays a catalogue out by UMAP (McInnes et al., arXiv:1802.03426) over the exact nearest neighbours by tags, authors and
 * title words, or by meaning. Of a long catalogue every k-th item is taken.
 */
export async function layOutMap(
  items: ItemList,
  { vectors, seed = 1, signal, onProgress }: LayOutOptions = {},
): Promise<CatalogueMap> {
  const step = Math.max(1, items.length / mappedItems);
  const rows = Uint32Array.from({ length: Math.min(items.length, mappedItems) }, (_, i) => Math.floor(i * step));
  const chosen = [...rows].map((row) => items.at(row)!);
  const meter = new ProgressMeter(onProgress, { task: "map", unit: "step", total: rows.length + epochs });
  const { UMAP: Umap } = await import("umap-js"); // only maps need it
  const points = await runInTurns(layOut(chosen, { meaning: vectors && rowsOf(vectors, rows), seed, meter, Umap }), {
    signal,
    what: "laying out the map",
  });
  return { rows, points, labels: mapLabels(chosen, points) };
}

function* layOut(
  items: readonly CatalogueItem[],
  {
    meaning,
    seed,
    meter,
    Umap,
  }: { meaning: ItemVectors | undefined; seed: number; meter: ProgressMeter; Umap: typeof UMAP },
): Generator<void, Float32Array> {
  const n = items.length;
  if (n <= 3) return Float32Array.from({ length: 2 * n }, (_, i) => (i % 2 === 0 ? (1 + i / 2) / (n + 1) : 0.5));
  const vectors = meaning ?? featureVectors(items);
  const nearest: { indices: number[][]; distances: number[][] } = { indices: [], distances: [] };
  const k = Math.min(neighbours, n - 1);
  for (let row = 0; row < n; row++) {
    const best = new TopK(k + 1);
    for (const [other, cosine] of vectors.cosines(vectors.vector(row)).entries())
      if (cosine > best.threshold || other === row) best.offer(other, other === row ? 2 : cosine);
    const found = best.sorted().slice(0, k);
    nearest.indices.push(found.map(({ id }) => id));
    nearest.distances.push(found.map(({ score }) => Math.max(0, 1 - score)));
    meter.advance();
    yield;
  }
  const rng = new Rng(seed);
  const umap = new Umap({ nComponents: 2, nNeighbors: k, nEpochs: epochs, minDist: 0.15, random: () => rng.uniform() });
  umap.setPrecomputedKNN(nearest.indices, nearest.distances);
  const rounds = umap.initializeFit(Array.from({ length: n }, (_, i) => [i]));
  for (let round = 0; round < rounds; round++) {
    umap.step();
    meter.advance(epochs / rounds);
    yield;
  }
  return framed(umap.getEmbedding());
}

/** The points scaled into [0, 1]; the few far out are brought to the edge. */
function framed(points: readonly number[][]): Float32Array {
  const scaled = new Float32Array(points.length * 2);
  for (const axis of [0, 1]) {
    const sorted = points.map((point) => point[axis]!).sort((a, b) => a - b);
    const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))]!;
    const [low, high] = [at(0.002), at(0.998)];
    const span = high - low || 1;
    for (const [i, point] of points.entries())
      scaled[2 * i + axis] = Math.min(1, Math.max(0, 0.02 + (0.96 * (point[axis]! - low)) / span));
  }
  return scaled;
}

/**
 * Items as short vectors whose cosines are about those of their weighted features (sparse random projection, Achlioptas
 * 2003).
 */
function featureVectors(items: readonly CatalogueItem[]): ItemVectors {
  const bags = items.map(itemFeatures);
  const frequency = new Map<string, number>();
  for (const bag of bags) for (const feature of bag.keys()) frequency.set(feature, (frequency.get(feature) ?? 0) + 1);
  const vectors = new ItemVectors(featureDims);
  for (const bag of bags) {
    const vector = new Float32Array(featureDims);
    for (const [feature, weight] of bag) {
      const value = Math.sqrt(weight) * Math.log(1 + items.length / frequency.get(feature)!);
      let hash = 0x811c9dc5;
      for (let i = 0; i < feature.length; i++) hash = Math.imul(hash ^ feature.charCodeAt(i), 0x01000193);
      for (let i = 0; i < touched; i++) {
        hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) + 0x9e3779b9;
        vector[(hash >>> 8) % featureDims]! += (hash & 1) === 0 ? value : -value;
      }
    }
    const length = Math.hypot(...vector) || 1;
    vectors.add(vector.map((x) => x / length));
  }
  return vectors;
}

function rowsOf(vectors: ItemVectors, rows: Uint32Array): ItemVectors {
  const chosen = new ItemVectors(vectors.dims);
  for (const row of rows) chosen.add(vectors.vector(row));
  return chosen;
}

/** A map as the store keeps it. */
export function packMap({ rows, points, labels }: CatalogueMap) {
  return { rows: littleEndian(rows), points: littleEndian(points), labels: [...labels] };
}

/** The map that {@link packMap} packed. */
export function unpackMap({
  rows,
  points,
  labels,
}: {
  rows: Uint8Array;
  points: Uint8Array;
  labels: readonly MapLabel[];
}): CatalogueMap {
  return {
    rows: new Uint32Array(littleEndian(rows).buffer),
    points: new Float32Array(littleEndian(points).buffer),
    labels,
  };
}

/** A copy of the bytes; on the few machines that are big-endian those of every number are turned round. */
function littleEndian({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength).slice();
  if (endianness() === "BE") for (let i = 0; i < bytes.length; i += 4) bytes.subarray(i, i + 4).reverse();
  return bytes;
}
