import type { Metric, ScoreRow } from "../metrics/metric.ts";
import { boxShare, hitsBox, type Place, samePage } from "./place.ts";

type Meets = (found: Place, gold: Place) => boolean;

/** Rank, from 1, of the first passage that stands at a gold place; undefined where none does. */
function firstRank({ goldPlaces = [], places = [] }: ScoreRow, meets: Meets): number | undefined {
  const at = places.findIndex((passage) => passage.some((found) => goldPlaces.some((gold) => meets(found, gold))));
  return at < 0 ? undefined : at + 1;
}

const meetings = {
  page: { meets: samePage, signature: "page" },
  box: { meets: hitsBox, signature: `box>=${boxShare}` },
} as const;

/** A metric of where things stand. Rows for which the system named no places fail. */
function placeMetric(
  name: string,
  summary: string,
  { from, value, signature }: { from: "places" | "citations"; value: (row: ScoreRow) => number; signature: string },
): Metric {
  return {
    name,
    summary,
    range: [0, 1],
    direction: "higher",
    needs: ["goldPlaces"],
    grain: "corpus",
    score: (rows) => ({
      values: rows.map((row) => (row[from] ? value(row) : null)),
      failures: rows.flatMap((row, i) =>
        row[from]
          ? []
          : [
              {
                row: i,
                reason: `the system did not say where its ${from === "places" ? "passages" : "citations"} stand`,
              },
            ],
      ),
      signature: `${name}|${signature}`,
    }),
  };
}

/** 1 where one of the first k passages is on the gold page, or covers the gold box. */
export function placeHitMetric(by: "page" | "box", k: number): Metric {
  const { meets, signature } = meetings[by];
  return placeMetric(
    `${by}Hit${k}`,
    by === "page"
      ? `1 where one of the first ${k} passages stands on the gold page`
      : `1 where one of the first ${k} passages covers the gold box by half`,
    { from: "places", value: (row) => ((firstRank(row, meets) ?? Number.POSITIVE_INFINITY) <= k ? 1 : 0), signature },
  );
}

function reciprocalRankMetric(by: "page" | "box"): Metric {
  const { meets, signature } = meetings[by];
  return placeMetric(`${by}Mrr`, `1 / rank of the first passage at the gold ${by}`, {
    from: "places",
    value: (row) => {
      const rank = firstRank(row, meets);
      return rank === undefined ? 0 : 1 / rank;
    },
    signature,
  });
}

function citedMetric(by: "page" | "box"): Metric {
  const { meets, signature } = meetings[by];
  return placeMetric(by === "page" ? "citedPage" : "citedBox", `1 where the answer cites the gold ${by}`, {
    from: "citations",
    value: ({ citations = [], goldPlaces = [] }) =>
      citations.some((cited) => goldPlaces.some((gold) => meets(cited, gold))) ? 1 : 0,
    signature,
  });
}

/** Where the passages and citations of answers stand, held against the places that answer. */
export const placeMetrics: Metric[] = [
  placeHitMetric("page", 1),
  placeHitMetric("page", 5),
  reciprocalRankMetric("page"),
  placeHitMetric("box", 1),
  placeHitMetric("box", 5),
  reciprocalRankMetric("box"),
  citedMetric("page"),
  citedMetric("box"),
];
