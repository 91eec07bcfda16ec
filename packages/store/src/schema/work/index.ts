export { type WorkError, type WorkProgress, type WorkStatus, work, workEvents } from "./work.ts";
