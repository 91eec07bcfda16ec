import type { CatalogueMapJson } from "@loam/server";
import { Loader, Stack, Text, useComputedColorScheme } from "@mantine/core";
import { ScatterChart } from "echarts/charts";
import { DataZoomComponent, GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { useCatalogueMap, useRecommendations } from "../../api/catalogues.ts";
import { InlineError } from "../../components/inline-error.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import { type PanelProps, toRequest } from "./describe-panel.tsx";
import styles from "./recommend.module.css";

use([ScatterChart, GridComponent, TooltipComponent, DataZoomComponent, CanvasRenderer]);

/** The catalogue as a map, with the latest suggestions ringed; a click asks for books like the one clicked. */
export default function MapPanel({ catalogue, search, onChange }: PanelProps) {
  const { t, format } = useI18n();
  const map = useCatalogueMap(catalogue.id);
  const results = useRecommendations(catalogue.id, toRequest(search, search.q || search.like ? "asked" : "forYou"));
  if (map.status === "pending")
    return (
      <Stack align="center" py={80} role="status">
        <Loader />
        <Text c="dimmed" ta="center" maw={420}>
          {t.recommend.mapLoading}
        </Text>
      </Stack>
    );
  if (map.status === "error") return <InlineError error={map.error} onRetry={map.refetch} />;
  return (
    <Stack gap="sm">
      <Text size="sm" c="dimmed">
        {t.recommend.mapOf(format.integer(map.data.ids.length))}. {t.recommend.mapHelp}
      </Text>
      <BookMap
        map={map.data}
        highlighted={new Set(results.data?.recommendations.map(({ row }) => row))}
        onChoose={(like, likeTitle) => onChange({ tab: "describe", like, likeTitle })}
      />
    </Stack>
  );
}

function BookMap({
  map,
  highlighted,
  onChoose,
}: {
  map: CatalogueMapJson;
  highlighted: ReadonlySet<number>;
  onChoose: (id: string, title: string) => void;
}) {
  const { t } = useI18n();
  const scheme = useComputedColorScheme();
  const element = useRef<HTMLDivElement>(null);
  const choose = useRef(onChoose);
  choose.current = onChoose;
  const ringed = map.rows.flatMap((row, i) => (highlighted.has(row) ? [i] : []));
  const ringKey = ringed.join();
  // biome-ignore lint/correctness/useExhaustiveDependencies: drawn anew when the colours, the map or the rings change
  useEffect(() => {
    const chart = init(element.current);
    const resize = new ResizeObserver(() => chart.resize());
    resize.observe(element.current!);
    const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const dark = scheme === "dark";
    const regionColours = ["moss", "clay", "water", "gray"].flatMap((family) =>
      (family === "gray" ? [5] : [4, 6]).map((shade) => color(`--mantine-color-${family}-${shade}`)),
    );
    const regionOf = nearestLabel(map);
    const point = (i: number) => ({
      value: [map.x[i]!, map.y[i]!],
      index: i,
      itemStyle: { color: regionColours[regionOf[i]! % regionColours.length] },
    });
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: getComputedStyle(element.current!).fontFamily },
      grid: { left: 4, right: 4, top: 4, bottom: 4 },
      xAxis: { show: false, min: 0, max: 1 },
      yAxis: { show: false, min: 0, max: 1 },
      dataZoom: [
        { type: "inside", xAxisIndex: 0, filterMode: "none" },
        { type: "inside", yAxisIndex: 0, filterMode: "none" },
      ],
      tooltip: {
        backgroundColor: color("--loam-surface"),
        borderColor: color("--loam-line"),
        textStyle: { color: color("--mantine-color-text") },
        formatter: ({ data }: { data: { index?: number } }) => {
          const box = document.createElement("div");
          if (data.index === undefined) return box;
          const title = document.createElement("strong");
          title.textContent = map.titles[data.index]!;
          box.append(title, document.createElement("br"), map.authors[data.index]!);
          box.style.cssText = "max-width:260px;white-space:normal";
          return box;
        },
      },
      series: [
        {
          type: "scatter",
          data: map.ids.map((_, i) => point(i)),
          symbolSize: map.ids.length > 1500 ? 4 : map.ids.length > 200 ? 6 : 12,
          itemStyle: { opacity: map.ids.length > 200 ? 0.62 : 0.9 },
          emphasis: { scale: 2.2, itemStyle: { opacity: 1 } },
        },
        {
          type: "scatter",
          data: ringed.map(point),
          symbolSize: 15,
          itemStyle: { opacity: 1, borderWidth: 2.5, borderColor: color("--loam-highlight") },
          z: 3,
        },
        {
          type: "scatter",
          silent: true,
          data: map.labels.map(({ x, y, text }) => ({ value: [x, y], name: text })),
          symbolSize: 0.01,
          label: {
            show: true,
            formatter: "{b}",
            fontSize: 13,
            fontWeight: 650,
            color: color("--mantine-color-text"),
            textBorderColor: dark ? "#23201b" : "#ffffff",
            textBorderWidth: 4,
          },
          labelLayout: { hideOverlap: true },
          z: 5,
        },
      ],
    });
    chart.on("click", ({ data }) => {
      const { index } = data as { index?: number };
      if (index !== undefined) choose.current(map.ids[index]!, map.titles[index]!);
    });
    return () => {
      resize.disconnect();
      chart.dispose();
    };
  }, [map, scheme, ringKey]);
  return <div ref={element} className={`surface ${styles.map}`} role="img" aria-label={t.recommend.mapTitle} />;
}

/** The region each point belongs to, by its nearest label. */
function nearestLabel({ x, y, labels }: CatalogueMapJson): number[] {
  return x.map((px, i) => {
    let [nearest, least] = [0, Number.POSITIVE_INFINITY];
    for (const [label, at] of labels.entries()) {
      const distance = (px - at.x) ** 2 + (y[i]! - at.y) ** 2;
      if (distance < least) [nearest, least] = [label, distance];
    }
    return nearest;
  });
}
