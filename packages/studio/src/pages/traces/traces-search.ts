/** The filter of the list of traces, as it stands in the URL. */
export interface TracesSearch {
  q?: string;
  status?: "ok" | "error";
}

export function readTracesSearch(search: Record<string, unknown>): TracesSearch {
  const read: TracesSearch = {};
  if (typeof search.q === "string" && search.q !== "") read.q = search.q;
  if (search.status === "ok" || search.status === "error") read.status = search.status;
  return read;
}

/** How one trace is looked at. */
export interface TraceSearch {
  view?: "waterfall";
  /** The chosen span. */
  span?: string;
}

export function readTraceSearch(search: Record<string, unknown>): TraceSearch {
  const read: TraceSearch = {};
  if (search.view === "waterfall") read.view = "waterfall";
  if (typeof search.span === "string" && search.span !== "") read.span = search.span;
  return read;
}
