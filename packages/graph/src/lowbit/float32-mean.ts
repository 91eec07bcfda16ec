/**
 * The mean as PyTorch computes it on x86 with AVX2: float32 sums in 8 lanes × 4 streams, cascaded so that long sums
 * keep their precision (`cascade_sum` in ATen's SumKernel.cpp). The order decides the last bit, and the offset of
 * doubly quantised weights decides their bytes.
 */
export function float32Mean(x: Float32Array): number {
  const rows = Math.floor(x.length / lanes);
  const perStream = Math.floor(rows / streams);
  const levelPower = Math.max(4, Math.floor(Math.ceil(Math.log2(Math.max(1, perStream))) / levels));
  // sums[level] holds `streams` runs of 8 lanes; a full level is carried into the next.
  const sums = Array.from({ length: levels }, () => new Float32Array(streams * lanes));
  const width = streams * lanes;
  for (let i = 0; i < perStream; ) {
    for (let j = 0; j < width; j++) sums[0]![j]! += x[i * width + j]!;
    i++;
    for (let level = 1; level < levels && i % 2 ** (level * levelPower) === 0; level++)
      carry(sums[level]!, sums[level - 1]!);
  }
  for (let level = 1; level < levels; level++) addInto(sums[0]!, sums[level]!);
  const total = sums[0]!;
  for (let row = perStream * streams; row < rows; row++) {
    for (let lane = 0; lane < lanes; lane++) total[lane]! += x[row * lanes + lane]!;
  }
  for (let stream = 1; stream < streams; stream++) {
    for (let lane = 0; lane < lanes; lane++) total[lane]! += total[stream * lanes + lane]!;
  }
  let sum = 0;
  for (let i = rows * lanes; i < x.length; i++) sum = Math.fround(sum + x[i]!);
  for (let lane = 0; lane < lanes; lane++) sum = Math.fround(sum + total[lane]!);
  return Math.fround(sum / x.length);
}

const lanes = 8;
const streams = 4;
const levels = 4;

function addInto(into: Float32Array, from: Float32Array): void {
  for (let i = 0; i < into.length; i++) into[i]! += from[i]!;
}

function carry(into: Float32Array, from: Float32Array): void {
  addInto(into, from);
  from.fill(0);
}
