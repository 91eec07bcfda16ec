import { LineChart, ScatterChart as Scatter } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { use } from "echarts/core";
import { useCallback } from "react";
import { showCell } from "../table/cells.ts";
import { type ChartColors, ChartFrame } from "./chart-frame.tsx";
import { palette } from "./curves.ts";

use([Scatter, LineChart, GridComponent, TooltipComponent]);

export interface ScatterPoint {
  name: string;
  x: number;
  y: number;
}

/** Runs as points over two of their numbers, and the line of those that nothing beats in both. */
export default function ScatterChart({
  points,
  front,
  axes,
  label,
}: {
  points: readonly ScatterPoint[];
  front: readonly ScatterPoint[];
  axes: { x: string; y: string };
  label: string;
}) {
  const option = useCallback(
    ({ text, dim, line, surface }: ChartColors) => {
      const axis = (name: string) => ({
        type: "value",
        scale: true,
        name,
        nameLocation: "middle",
        nameGap: 28,
        nameTextStyle: { color: dim },
        axisLine: { lineStyle: { color: line } },
        axisLabel: { color: dim, hideOverlap: true, formatter: showCell },
        splitLine: { lineStyle: { color: line } },
        splitNumber: 4,
      });
      return {
        grid: { left: 26, right: 20, top: 14, bottom: 26, containLabel: true },
        tooltip: {
          backgroundColor: surface,
          borderColor: line,
          textStyle: { color: text, fontSize: 12 },
          formatter: ({ name, value }: { name: string; value: [number, number] }) => {
            const box = document.createElement("div");
            box.textContent = `${name}: ${axes.x} ${showCell(value[0])}, ${axes.y} ${showCell(value[1])}`;
            return box;
          },
        },
        xAxis: axis(axes.x),
        yAxis: axis(axes.y),
        series: [
          {
            type: "line",
            name: "",
            data: front.map(({ x, y }) => [x, y]),
            showSymbol: false,
            silent: true,
            lineStyle: { width: 1.5, type: "dashed", color: palette[1] },
          },
          {
            type: "scatter",
            symbolSize: 11,
            data: points.map(({ name, x, y }) => ({
              name,
              value: [x, y],
              itemStyle: {
                color: front.some((one) => one.name === name && one.x === x && one.y === y) ? palette[1] : palette[0],
              },
            })),
          },
        ],
      };
    },
    [points, front, axes],
  );
  return <ChartFrame option={option} label={label} heightPx={320} />;
}
