import { LineChart, ScatterChart } from "echarts/charts";
import { DataZoomComponent, GridComponent, TooltipComponent } from "echarts/components";
import { use } from "echarts/core";
import { useCallback } from "react";
import { showCell } from "../table/cells.ts";
import { type ChartColors, ChartFrame } from "./chart-frame.tsx";
import type { DrawnCurve } from "./curves.ts";

use([LineChart, ScatterChart, GridComponent, TooltipComponent, DataZoomComponent]);

export interface MetricChartProps {
  curves: readonly DrawnCurve[];
  label: string;
  heightPx?: number;
  logX: boolean;
  logY: boolean;
  formatX: (x: number) => string;
  /** Said of a point that is no number. */
  missingName: string;
}

/** Curves of one metric: as logged and smoothed, bands, and a cross where a value was no number. Drag to zoom in. */
export default function MetricChart({
  curves,
  label,
  heightPx = 220,
  logX,
  logY,
  formatX,
  missingName,
}: MetricChartProps) {
  const option = useCallback(
    ({ text, dim, line, surface }: ChartColors) => {
      const onAxis = <Point extends readonly number[]>(points: readonly Point[]) =>
        points.filter(([x, y]) => (!logX || x! > 0) && (!logY || y === undefined || y > 0));
      const floor = Math.min(
        ...curves.flatMap(({ line: points }) => points.map(([, y]) => y)).filter((y) => !logY || y > 0),
      );
      const axis = { axisLine: { lineStyle: { color: line } }, axisLabel: { color: dim, hideOverlap: true } };
      return {
        grid: { left: 6, right: 16, top: 12, bottom: 4, containLabel: true },
        tooltip: {
          trigger: "axis",
          backgroundColor: surface,
          borderColor: line,
          textStyle: { color: text, fontSize: 12 },
          formatter: (points: { seriesName: string; color: string; value: [number, number] }[]) => {
            const box = document.createElement("div");
            box.appendChild(document.createElement("strong")).textContent = formatX(Number(points[0]?.value[0]));
            for (const { seriesName, value, color } of points
              .filter(({ seriesName: name }) => name !== "")
              .slice(0, 12)) {
              const row = box.appendChild(document.createElement("div"));
              const dot = row.appendChild(document.createElement("span"));
              dot.textContent = "● ";
              dot.style.color = color;
              row.append(`${seriesName} ${showCell(value[1])}`);
            }
            return box;
          },
        },
        dataZoom: [{ type: "inside", filterMode: "none" }],
        xAxis: {
          type: logX ? "log" : "value",
          min: "dataMin",
          max: "dataMax",
          ...axis,
          axisLabel: { ...axis.axisLabel, formatter: formatX },
          splitLine: { show: false },
          splitNumber: 4,
        },
        yAxis: {
          type: logY ? "log" : "value",
          scale: true,
          ...axis,
          axisLabel: { ...axis.axisLabel, formatter: showCell },
          splitLine: { lineStyle: { color: line } },
          splitNumber: 4,
        },
        series: curves.flatMap((curve, index) => {
          const color = { itemStyle: { color: curve.color } };
          const base = { type: "line", showSymbol: false, silent: true };
          return [
            ...(curve.raw
              ? [{ ...base, name: "", data: onAxis(curve.raw), ...color, lineStyle: { width: 1, opacity: 0.25 }, z: 1 }]
              : []),
            ...(curve.band
              ? [
                  // The lower edge unseen, and the distance to the upper one filled on top of it.
                  {
                    ...base,
                    name: "",
                    data: onAxis(curve.band.map(([x, low]) => [x, low])),
                    stack: `band ${index}`,
                    lineStyle: { opacity: 0 },
                    stackStrategy: "all",
                  },
                  {
                    ...base,
                    name: "",
                    data: onAxis(curve.band.map(([x, low, high]) => [x, high - low])),
                    stack: `band ${index}`,
                    lineStyle: { opacity: 0 },
                    areaStyle: { color: curve.color, opacity: 0.16 },
                    stackStrategy: "all",
                  },
                ]
              : []),
            {
              ...base,
              silent: false,
              name: curve.name,
              data: onAxis(curve.line),
              ...color,
              lineStyle: { width: 2 },
              showSymbol: curve.line.length < 2,
              z: 2,
            },
            ...(curve.missing.length > 0
              ? [
                  {
                    type: "scatter",
                    name: `${curve.name}: ${missingName}`,
                    symbol: "path://M2 0L5 3L8 0L10 2L7 5L10 8L8 10L5 7L2 10L0 8L3 5L0 2Z",
                    symbolSize: 9,
                    data: onAxis(curve.missing.map((x) => [x, Number.isFinite(floor) ? floor : 1])),
                    ...color,
                    z: 3,
                  },
                ]
              : []),
          ];
        }),
      };
    },
    [curves, logX, logY, formatX, missingName],
  );
  return <ChartFrame option={option} label={label} heightPx={heightPx} />;
}
