/** The tables of all rooms; see `rooms.ts`. */

export * from "../schema/evaluation/index.ts";
export * from "../schema/index.ts";
export * from "../schema/observe/index.ts";
export * from "../schema/platform/index.ts";
export * from "../schema/shared/index.ts";
export * from "../schema/work/index.ts";
