export { grad, gradients, valueAndGrad, vjp } from "./compile/autodiff.ts";
export { type CheckpointOptions, checkpoint, customVjp } from "./compile/checkpoint.ts";
export { type CompileOptions, compile, type Program, type ValuesFor } from "./compile/compile.ts";
export { save } from "./compile/save.ts";
export type { InputSpec, TensorsFor } from "./compile/trace.ts";
export { type AttentionOptions, attention } from "./functions/attention.ts";
export {
  bceWithLogits,
  type CrossEntropyOptions,
  crossEntropy,
  klDivergence,
  mseLoss,
  type Reduction,
} from "./functions/losses.ts";
export { dropout, type RandomOptions, randomNormal, randomUniform } from "./functions/random.ts";
export { type RopePairing, type RopeTables, rope, ropeFrequencies, ropeTables } from "./functions/rope.ts";
export { upsample } from "./functions/upsample.ts";
export { type VocabularyLossOptions, vocabularyLoss } from "./functions/vocabulary-loss.ts";
export {
  type Blockwise,
  dequantizeBlockwise,
  dequantizeRowwise,
  type Int8Matrix,
  quantizeBlockwise,
  quantizeRowwise,
  type Rowwise,
} from "./lowbit/blockwise.ts";
export { type Codebook, dynamicMap } from "./lowbit/codes.ts";
export {
  dequantize4bit,
  type FourBitMatrix,
  type FourBitOptions,
  type FourBitType,
  fourBitCodebooks,
  fromBitsandbytes,
  quantize4bit,
  type StoredTensor,
  toBitsandbytes,
} from "./lowbit/four-bit.ts";
export { dequantizeGroups, type GroupedMatrix, quantizeGroups } from "./lowbit/grouped.ts";
export { linearLowBit } from "./lowbit/linear.ts";
export { dequantizeLowBit } from "./lowbit/unpack.ts";
export { fourBitWeight, groupedWeight, type LowBitTensors, rowwiseWeight } from "./lowbit/weights.ts";
export { type GraphMemory, graphMemory } from "./onnx/memory-forecast.ts";
export { type AdafactorOptions, adafactor } from "./optimisers/adafactor.ts";
export { type AdamOptions, adamW } from "./optimisers/adam.ts";
export { adamW8bit } from "./optimisers/adam-8bit.ts";
export { lion } from "./optimisers/lion.ts";
export {
  addTrees,
  clipGlobalNorm,
  globalNorm,
  type Optimiser,
  type OptimiserState,
  optimiser,
  type Rule,
  scaleTree,
} from "./optimisers/optimiser.ts";
export { type ScheduleName, type ScheduleOptions, schedule, scheduleNames } from "./optimisers/schedule.ts";
export { type SgdOptions, sgd } from "./optimisers/sgd.ts";
export { after, stage } from "./primitives/after.ts";
export { expand, type ReduceAttributes, reduceSum, sumTo } from "./primitives/broadcast.ts";
export {
  avgPool2d,
  type ConvOptions,
  conv1d,
  conv2d,
  conv3d,
  convTranspose2d,
  maxPool2d,
  type PoolOptions,
} from "./primitives/convolution.ts";
export {
  abs,
  add,
  and,
  cast,
  clip,
  cos,
  div,
  equal,
  erf,
  exp,
  floor,
  gelu,
  greater,
  greaterOrEqual,
  isFloat,
  isNan,
  less,
  lessOrEqual,
  log,
  maximum,
  minimum,
  mod,
  mul,
  neg,
  not,
  or,
  pow,
  reciprocal,
  relu,
  round,
  rsqrt,
  sigmoid,
  sign,
  silu,
  sin,
  softplus,
  sqrt,
  square,
  stopGradient,
  sub,
  tanh,
  where,
  zerosLike,
} from "./primitives/elementwise.ts";
export {
  embedding,
  gather,
  gatherElements,
  indicesWhere,
  oneHot,
  range,
  scatterElements,
  topk,
} from "./primitives/indexing.ts";
export {
  concat,
  flatten,
  full,
  ones,
  type PadAttributes,
  pad,
  type SliceAttributes,
  slice,
  split,
  squeeze,
  stack,
  transpose,
  tril,
  unsqueeze,
  zeros,
} from "./primitives/layout.ts";
export { linear, type MatmulOptions, matmul } from "./primitives/matmul.ts";
export {
  cosineSimilarity,
  groupNorm,
  layerNorm,
  logSoftmax,
  normalize,
  rmsNorm,
  softmax,
} from "./primitives/normalisation.ts";
export {
  argmax,
  cumsum,
  dimScalar,
  logSumExp,
  reduceL2,
  reduceMax,
  reduceMean,
  reduceMin,
  reduceProd,
  variance,
} from "./primitives/reduce.ts";
export { reshape } from "./primitives/reshape.ts";
export { type Device, type DeviceReport, describeDevices } from "./runtime/device.ts";
export { checkFinite } from "./runtime/finite.ts";
export { openSession, type RunOptions, type Session, type SessionOptions, type ValueInfo } from "./runtime/session.ts";
export { addDims, type Dim, mulDims, type Shape, showShape } from "./tensor/dim.ts";
export {
  constant,
  input,
  type Operand,
  primitive,
  primitives,
  scalar,
  Tensor,
  type TensorType,
  type WeightAttributes,
  type WeightSource,
  weight,
} from "./tensor/tensor.ts";
export type { MapTree, Tree } from "./tensor/tree.ts";
export { type DType, floats, numbers, type Value, type ValueData, value, zeroValue } from "./tensor/value.ts";
