import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { api, read } from "../../api/client.ts";
import { useDocuments } from "../../api/documents.ts";
import { useI18n } from "../../i18n/i18n.tsx";
import { innerPlaces, places } from "../places.ts";
import type { Target } from "./matches.ts";

const runLimit = 300;

/** All that can be gone to: pages, documents, runs, and traces that have the query in them. */
export function useTargets(query: string): Target[] {
  const { t, format } = useI18n();
  const documents = useDocuments();
  const runs = useQuery({
    queryKey: ["palette", "runs"],
    queryFn: () => read(api.runs.$get({ query: { limit: String(runLimit) } })),
  });
  const traces = useQuery({
    queryKey: ["palette", "traces", query],
    queryFn: () => read(api.traces.$get({ query: { limit: "6", ...(query !== "" && { query }) } })),
    placeholderData: keepPreviousData,
  });
  return [
    ...[...places, ...innerPlaces].map(({ to, key }): Target => ({ group: "pages", to, name: t.nav[key] })),
    ...(documents.data ?? []).map(
      ({ id, title, name }): Target => ({
        group: "documents",
        to: `/documents/${id}`,
        name: title || name,
        detail: name,
      }),
    ),
    ...(runs.data ?? []).map(
      ({ id, name, experiment }): Target => ({
        group: "runs",
        to: `/experiments/runs/${encodeURIComponent(id)}`,
        name,
        detail: experiment,
      }),
    ),
    // What the server found for the query may have it in a text that is not shown here.
    ...(traces.data ?? []).map(
      ({ id, name, startedAt }): Target => ({
        group: "traces",
        to: `/traces/${id}`,
        name,
        detail: format.ago(startedAt),
        also: query,
      }),
    ),
  ];
}
