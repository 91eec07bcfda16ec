export { endDeadLeases } from "./claim.ts";
export { type FollowedEvent, followWork, settledWork, type WorkEvent, workEventsOf } from "./events.ts";
export { followAllWork, type WorkChange } from "./follow-all.ts";
export { type WorkHereOptions, workHere } from "./here.ts";
export { type WorkControls, type WorkKind, workKind } from "./kind.ts";
export { showWorkOperation } from "./show-work.ts";
export {
  cancelWork,
  deleteWork,
  pauseWork,
  resumeWork,
  retryFailed,
  type StartOptions,
  startWork,
  startWorkWith,
} from "./start.ts";
export { storeAway } from "./store-away.ts";
export { getWork, isSettled, listWork, type WorkFilter, type WorkRecord, type WorkStatus } from "./work-record.ts";
export { runWorker, type Worker, type WorkerOptions } from "./worker.ts";
