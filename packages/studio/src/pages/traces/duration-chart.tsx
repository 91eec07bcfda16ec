import type { TraceSummaryJson } from "@loam/server";
import { useComputedColorScheme } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { BarChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";
import { useI18n } from "../../i18n/i18n.tsx";

use([BarChart, GridComponent, TooltipComponent, SVGRenderer]);

const heightPx = 150;

/** One bar per trace, oldest on the left; a click opens it. The table below says the same in words. */
export default function DurationChart({ traces }: { traces: readonly TraceSummaryJson[] }) {
  const { t, format } = useI18n();
  const scheme = useComputedColorScheme();
  const navigate = useNavigate();
  const element = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const chart = init(element.current, undefined, { renderer: "svg", height: heightPx });
    const resize = new ResizeObserver(() => chart.resize());
    resize.observe(element.current!);
    const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const dim = color("--mantine-color-dimmed");
    const ordered = traces.slice(0, 100).toReversed();
    chart.setOption({
      animation: false,
      textStyle: { fontFamily: "inherit" },
      grid: { left: 8, right: 8, top: 12, bottom: 4, containLabel: true },
      tooltip: {
        trigger: "item",
        formatter: ({ dataIndex }: { dataIndex: number }) => {
          const trace = ordered[dataIndex]!;
          const box = document.createElement("div");
          box.textContent = `${trace.name} · ${format.duration(trace.durationMs)} · ${format.ago(trace.startedAt)}`;
          return box;
        },
      },
      xAxis: {
        type: "category",
        data: ordered.map(({ id }) => id),
        axisLabel: { show: false },
        axisTick: { show: false },
        axisLine: { lineStyle: { color: color("--loam-line") } },
      },
      yAxis: {
        type: "log",
        min: 1,
        axisLabel: { color: dim, formatter: (ms: number) => format.duration(ms), hideOverlap: true },
        splitLine: { lineStyle: { color: color("--loam-line") } },
        splitNumber: 3,
      },
      series: [
        {
          type: "bar",
          barMaxWidth: 14,
          data: ordered.map(({ durationMs, status }) => ({
            value: Math.max(1.2, durationMs),
            itemStyle: {
              color: color(
                status === "error"
                  ? "--mantine-color-clay-5"
                  : scheme === "dark"
                    ? "--mantine-color-moss-5"
                    : "--mantine-color-moss-6",
              ),
              borderRadius: [3, 3, 0, 0],
            },
          })),
        },
      ],
    });
    chart.on("click", ({ dataIndex }) => void navigate({ to: "/traces/$id", params: { id: ordered[dataIndex]!.id } }));
    return () => {
      resize.disconnect();
      chart.dispose();
    };
  }, [traces, scheme, format, navigate]);
  return (
    <div
      ref={element}
      className="surface"
      style={{ height: heightPx, overflow: "hidden" }}
      role="img"
      aria-label={t.traces.chart}
    />
  );
}
