export { type StoredWorkStatus, type WorkError, type WorkProgress, work, workEvents } from "./work.ts";
