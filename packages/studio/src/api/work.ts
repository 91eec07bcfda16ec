import type { WorkJson } from "@loam/server";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { api, read } from "./client.ts";

const workKey = ["work"];
/** Settled work that is kept in sight. */
const keptSettled = 40;

export type Work = WorkJson;

export const isSettled = ({ status }: Pick<Work, "status">): boolean =>
  status === "finished" || status === "failed" || status === "cancelled";

/** Work as it is on the server, newest first; filled by `useWorkEvents`. */
export const useWork = () =>
  useQuery({
    queryKey: workKey,
    queryFn: () => read(api.work.$get({ query: { limit: "100" } })),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Keeps the list as it is on the server while the Studio is open. A stream that broke goes on where it was. */
export function useWorkEvents(): void {
  const client = useQueryClient();
  useEffect(() => {
    const source = new EventSource("/api/work-events");
    source.onmessage = ({ data }) => {
      const changed = JSON.parse(data) as Work;
      client.setQueryData<Work[]>(workKey, (known = []) => withChange(known, changed));
      const key = listsOf[changed.kind];
      if (key && isSettled(changed)) void client.invalidateQueries({ queryKey: key });
    };
    return () => source.close();
  }, [client]);
}

/** Lists that look different once work of a kind has ended. */
const listsOf: Record<string, readonly string[]> = {
  video: ["videos"],
  tune: ["tune"],
  "models.pull": ["models"],
  "library.refresh": ["refresh"],
  evaluate: ["evaluations"],
  summary: ["summaries"],
  "extract.kept": ["extractions"],
  "catalogue.embed": ["catalogues"],
  merge: ["tune"],
  "adapter.export": ["tune"],
  "recipe.export": ["tune"],
};

/** The list with a piece of work as it is now; of what is settled, the newest. */
export function withChange(known: readonly Work[], changed: Work): Work[] {
  const list = known.some(({ id }) => id === changed.id)
    ? known.map((old) => (old.id === changed.id ? changed : old))
    : [changed, ...known].sort((a, b) => b.createdAt.localeCompare(a.createdAt));
  let settled = 0;
  return list.filter((work) => !isSettled(work) || ++settled <= keptSettled);
}

export type WorkChange = "cancel" | "pause" | "resume";

export function useChangeWork() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ id, change }: { id: string; change: WorkChange }) =>
      read(api.work[":id"][change].$post({ param: { id } })),
    onSuccess: (work) => client.setQueryData<Work[]>(workKey, (known = []) => withChange(known, work as Work)),
  });
}

/** Puts everything that has failed back in the queue. */
export function useRetryWork() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => read(api.work.retry.$post({ query: {} })),
    onSuccess: ({ retried }) =>
      client.setQueryData<Work[]>(workKey, (known = []) => (retried as Work[]).reduce(withChange, known)),
  });
}

/** Takes settled work off the list. */
export function useForgetWork() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (ids: readonly string[]) =>
      Promise.all(ids.map((id) => read(api.work[":id"].$delete({ param: { id } })))),
    onSettled: () => client.invalidateQueries({ queryKey: workKey }),
  });
}
