import { operation } from "@loam/core";
import type { Store } from "@loam/store";
import { z } from "zod";
import { getWork } from "./work-record.ts";

/** How far a piece of work is: for whoever was given its id when it was accepted. */
export const showWorkOperation = operation({
  name: "work",
  summary: "Look at a piece of work that was accepted: how far it is, and what came of it",
  lasts: "moment",
  input: z.strictObject({ work: z.string().min(1).max(100).describe("id of the work") }),
  run: async (store: Store, { work }) => {
    const { id, kind, name, status, progress, result, error } = await getWork(store, work);
    return { work: id, kind, name, status, progress, result, error };
  },
});
