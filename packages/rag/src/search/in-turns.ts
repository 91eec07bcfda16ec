export { runAtOnce, runInTurns } from "@loam/core";
