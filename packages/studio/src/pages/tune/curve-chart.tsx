import { useComputedColorScheme } from "@mantine/core";
import { LineChart } from "echarts/charts";
import { GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";

use([LineChart, GridComponent, TooltipComponent, LegendComponent, SVGRenderer]);

export interface Curve {
  name: string;
  /** `[x, y]`; a y that is no number leaves a gap. */
  points: readonly (readonly [number, number | null])[];
  color: string;
  /** Each point is drawn: evaluations are few. */
  marked?: boolean;
  /** Drawn faintly behind the others, and left out of the legend. */
  faint?: boolean;
}

export interface CurveChartProps {
  curves: readonly Curve[];
  /** What the chart shows, in words, for those who do not see it. */
  label: string;
  heightPx: number;
  scale: "value" | "log";
  formatX: (x: number) => string;
  formatY: (y: number) => string;
}

/** A number at an axis: no more digits than it needs. */
const shortTick = (y: number): string =>
  y !== 0 && Math.abs(y) < 0.01 ? y.toExponential().replace("e+", "e") : String(Number(y.toPrecision(4)));

/** Curves over steps or time; drawn again in place as points arrive. */
export default function CurveChart({ curves, label, heightPx, scale, formatX, formatY }: CurveChartProps) {
  const scheme = useComputedColorScheme();
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType>(undefined);
  useEffect(() => {
    const made = init(element.current, undefined, { renderer: "svg", height: heightPx });
    chart.current = made;
    const resize = new ResizeObserver(() => made.resize());
    resize.observe(element.current!);
    return () => {
      resize.disconnect();
      made.dispose();
    };
  }, [heightPx]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the scheme changes what the CSS colours are
  useEffect(() => {
    const color = (name: string) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
    const dim = color("--mantine-color-dimmed");
    const line = color("--loam-line");
    const named = curves.filter(({ faint }) => !faint);
    chart.current?.setOption(
      {
        animation: false,
        textStyle: { fontFamily: "inherit" },
        grid: { left: 6, right: 14, top: named.length > 1 ? 30 : 10, bottom: 2, containLabel: true },
        legend: {
          show: named.length > 1,
          data: named.map(({ name }) => name),
          top: 0,
          left: 0,
          icon: "roundRect",
          itemWidth: 14,
          itemHeight: 4,
          type: "scroll",
          textStyle: { color: dim },
        },
        tooltip: {
          trigger: "axis",
          backgroundColor: color("--loam-surface"),
          borderColor: line,
          textStyle: { color: color("--mantine-color-text"), fontSize: 13 },
          formatter: (points: { axisValue: number; seriesName: string; color: string; value: [number, number] }[]) => {
            const box = document.createElement("div");
            const head = box.appendChild(document.createElement("strong"));
            head.textContent = formatX(Number(points[0]?.axisValue));
            for (const { seriesName, value, color: dot } of points) {
              if (value[1] === null || seriesName === "") continue;
              const row = box.appendChild(document.createElement("div"));
              const mark = row.appendChild(document.createElement("span"));
              mark.textContent = "● ";
              mark.style.color = dot;
              row.append(`${seriesName} ${formatY(value[1])}`);
            }
            return box;
          },
        },
        xAxis: {
          type: "value",
          min: "dataMin",
          max: "dataMax",
          axisLabel: { color: dim, formatter: formatX, hideOverlap: true },
          axisLine: { lineStyle: { color: line } },
          axisTick: { show: false },
          splitLine: { show: false },
          minInterval: 1,
          splitNumber: 4,
        },
        yAxis: {
          type: scale,
          scale: true,
          axisLine: { show: false },
          axisTick: { show: false },
          axisLabel: { color: dim, formatter: shortTick, hideOverlap: true },
          splitLine: { lineStyle: { color: line } },
          splitNumber: 4,
        },
        series: curves.map(({ name, points, color: css, marked, faint }) => ({
          type: "line",
          name: faint ? "" : name,
          data: points.map(([x, y]) => [x, scale === "log" && (y ?? 0) <= 0 ? null : y]),
          showSymbol: marked ?? false,
          symbol: "circle",
          symbolSize: 6,
          connectNulls: false,
          silent: faint,
          z: faint ? 1 : 2,
          lineStyle: { width: faint ? 1 : 2, opacity: faint ? 0.28 : 1 },
          itemStyle: { color: css.startsWith("--") ? color(css) : css },
        })),
      },
      { notMerge: true },
    );
  }, [curves, scheme, scale, formatX, formatY, heightPx]);
  return <div ref={element} style={{ height: heightPx, overflow: "hidden" }} role="img" aria-label={label} />;
}
