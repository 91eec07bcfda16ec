import { metricFor, openUseLiteTokenEncoder, type ScoreFileResult, scoreFile } from "@loam/evaluation";
import { openWorkspace } from "../../command/workspace.ts";
import type { Io } from "../../terminal/io.ts";

export interface ScoreWithOptions {
  file: string;
  metric: readonly string[];
  reference: readonly string[];
  predictionColumn?: string;
  referenceColumn?: string;
  judge?: string;
  home?: string;
}

/** Scores a file with whatever the metrics need opened, and nothing else. */
export async function scoreWith(options: ScoreWithOptions, io: Io): Promise<ScoreFileResult> {
  const { file, metric, reference, predictionColumn, referenceColumn, judge, home } = options;
  const metrics = (metric.length > 0 ? metric : ["rougeL"]).map(metricFor);
  const needs = new Set(metrics.flatMap((one) => one.needs));
  const scoring = {
    metrics,
    ...(reference.length > 0 && { references: reference }),
    columns: {
      ...(predictionColumn !== undefined && { prediction: predictionColumn }),
      ...(referenceColumn !== undefined && { references: referenceColumn }),
    },
    signal: io.signal,
    onProgress: io.progress,
  };
  const tokenEncoder = needs.has("tokenEncoder") ? await openUseLiteTokenEncoder() : undefined;
  try {
    if (!needs.has("judge") && !needs.has("embedder")) return await scoreFile(file, { ...scoring, tokenEncoder });
    await using workspace = await openWorkspace({ home, io, flags: judge ? { models: { judge } } : {} });
    const models = await workspace.models();
    return await scoreFile(file, { ...scoring, tokenEncoder, embedder: models.embed, judge: models.judge });
  } finally {
    await tokenEncoder?.close?.();
  }
}
