/** The filter of the list of traces, as it stands in the URL. */
export interface TracesSearch {
  q?: string;
  status?: "ok" | "error";
  /** One of the kinds of spans that it has. */
  kind?: string;
  model?: string;
  project?: string;
  tag?: string;
}

const traceFilters = ["kind", "model", "project", "tag"] as const;

export function readTracesSearch(search: Record<string, unknown>): TracesSearch {
  const read: TracesSearch = {};
  if (typeof search.q === "string" && search.q !== "") read.q = search.q;
  if (search.status === "ok" || search.status === "error") read.status = search.status;
  for (const name of traceFilters) {
    const value = search[name];
    if (typeof value === "string" && value !== "") read[name] = value;
  }
  return read;
}

/** How one trace is looked at. */
export interface TraceSearch {
  view?: "waterfall" | "chat";
  /** The chosen span. */
  span?: string;
}

export function readTraceSearch(search: Record<string, unknown>): TraceSearch {
  const read: TraceSearch = {};
  if (search.view === "waterfall" || search.view === "chat") read.view = search.view;
  if (typeof search.span === "string" && search.span !== "") read.span = search.span;
  return read;
}
