export { bfloat16ToFloat32, float16ToFloat32, float32ToBfloat16, float32ToFloat16 } from "./float16.ts";
export { GgufFile, type GgufTensor, type GgufValue } from "./gguf.ts";
export { type GgufField, type GgufFloatType, type GgufTensorToWrite, writeGguf } from "./gguf-write.ts";
export {
  readSafetensors,
  type SafetensorsDtype,
  SafetensorsFile,
  type TensorData,
  type TensorEntry,
  type TensorToWrite,
  toFloat32,
  writeSafetensors,
} from "./safetensors.ts";
