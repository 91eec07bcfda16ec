export { platformChunks } from "./chunks.ts";
export { platformObjects } from "./objects.ts";
