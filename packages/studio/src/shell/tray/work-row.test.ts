import { expect, test } from "vitest";
import { type Work, withChange } from "../../api/work.ts";
import { toWorkRow } from "./work-row.ts";

const work = (fields: Partial<Work>): Work => ({
  ...{ id: "work_1", kind: "video", name: "a", status: "running", progress: null, result: null, error: null },
  ...{ parentId: null, owner: "", priority: 0, asked: null, attempts: 1, notBefore: null, lastSeq: 1 },
  ...{ createdAt: "2026-01-01T00:00:00Z", startedAt: null, finishedAt: null },
  ...fields,
});
const progress = { task: "video", unit: "step", done: 4 };

test("work whose end is not known has no share, and work that waits does not look done", () => {
  expect(toWorkRow(work({ progress })).share).toBeUndefined();
  expect(toWorkRow(work({ status: "waiting" }))).toMatchObject({ share: undefined, isMoving: false, canResume: true });
  expect(toWorkRow(work({ status: "queued" }))).toMatchObject({ share: undefined, isMoving: false, canPause: true });
  expect(toWorkRow(work({ progress: { ...progress, total: 16 } })).share).toBe(0.25);
});

test("work that waits for another attempt has not failed", () => {
  const error = { code: "unavailable", message: "blobs are away" };
  const waits = work({ status: "queued", error, notBefore: "2026-01-01T00:00:08Z" });
  expect(toWorkRow(waits)).toMatchObject({ isRetried: true, canResume: false, canCancel: true });
  expect(toWorkRow(work({ status: "failed", error }))).toMatchObject({ isRetried: false, canResume: true });
});

test("what was asked to stop is not asked again, and what has ended can only be taken up again", () => {
  expect(toWorkRow(work({ asked: "cancel" }))).toMatchObject({ canCancel: false, canPause: false });
  expect(toWorkRow(work({ status: "failed" }))).toMatchObject({ canCancel: false, canPause: false, canResume: true });
  expect(toWorkRow(work({ status: "finished" }))).toMatchObject({ canCancel: false, canResume: false });
});

test("a change takes the place of what was known, newest first, and old settled work drops out", () => {
  const older = work({ id: "b", createdAt: "2025-01-01T00:00:00Z", status: "finished" });
  expect(withChange([work({}), older], work({ status: "finished" })).map(({ id, status }) => [id, status])).toEqual([
    ["work_1", "finished"],
    ["b", "finished"],
  ]);
  const many = Array.from({ length: 60 }, (_, n) => work({ id: `s${n}`, status: "finished" }));
  expect(withChange(many, work({ id: "new", createdAt: "2027-01-01T00:00:00Z" }))).toHaveLength(41);
});
