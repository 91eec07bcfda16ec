export { type Device, type DeviceReport, describeDevices } from "./runtime/device.ts";
export { openSession, type RunOptions, type Session, type SessionOptions, type ValueInfo } from "./runtime/session.ts";
export { type DType, floats, numbers, type Value, type ValueData, value } from "./runtime/value.ts";
