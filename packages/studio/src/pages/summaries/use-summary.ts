import type { SentenceJson, StoredSummaryJson } from "@loam/server";
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { type SummaryRequest, summariesKey, summaryEvents } from "../../api/summaries.ts";
import { useChangeWork } from "../../api/work.ts";

interface SummaryInMaking {
  state: "idle" | "reading" | "writing" | "scoring" | "failed";
  /** Parts of a long paper that notes were taken on. */
  parts: number;
  sentences: SentenceJson[];
  error?: unknown;
}

const idle: SummaryInMaking = { state: "idle", parts: 0, sentences: [] };

/** Has a summary made and follows it; it is made though the page is left. */
export function useSummary(onDone: (summary: StoredSummaryJson) => void) {
  const client = useQueryClient();
  const [making, setMaking] = useState(idle);
  const running = useRef<AbortController>(undefined);
  const work = useRef<string>(undefined);
  const change = useChangeWork();
  useEffect(() => () => running.current?.abort(), []);

  async function run(document: string, request: SummaryRequest, controller: AbortController) {
    try {
      for await (const event of summaryEvents(document, request, controller.signal)) {
        if (event.type === "started") work.current = event.work;
        else if (event.type === "begun") setMaking({ ...idle, state: "reading" });
        else if (event.type === "progress") setMaking((known) => ({ ...known, parts: event.done + 1 }));
        else if (event.type === "delta") setMaking((known) => ({ ...known, state: "writing" }));
        else if (event.type === "sentence")
          setMaking((known) => ({ ...known, state: "writing", sentences: [...known.sentences, event.sentence] }));
        else if (event.type === "scoring") setMaking((known) => ({ ...known, state: "scoring" }));
        else {
          await client.invalidateQueries({ queryKey: summariesKey });
          setMaking(idle);
          onDone(event.summary);
        }
      }
    } catch (error) {
      setMaking(controller.signal.aborted ? idle : { ...idle, state: "failed", error });
    }
  }

  return {
    making,
    start: (document: string, request: SummaryRequest) => {
      running.current?.abort();
      const controller = new AbortController();
      running.current = controller;
      work.current = undefined;
      setMaking({ ...idle, state: "reading" });
      void run(document, request, controller);
    },
    stop: () => {
      running.current?.abort();
      if (work.current !== undefined) change.mutate({ id: work.current, change: "cancel" });
    },
  };
}
