import { ParallelChart as Parallel } from "echarts/charts";
import { ParallelComponent, VisualMapComponent } from "echarts/components";
import { use } from "echarts/core";
import { useCallback } from "react";
import type { Run } from "../../../api/experiments.ts";
import { type Column, cellOf, showCell, splitColumn } from "../table/cells.ts";
import { type ChartColors, ChartFrame } from "./chart-frame.tsx";

use([Parallel, ParallelComponent, VisualMapComponent]);

/** Every run as a line over its parameters and results; the colour is the last axis. Drag along an axis to choose. */
export default function ParallelChart({
  runs,
  columns,
  label,
}: {
  runs: readonly Run[];
  columns: readonly Column[];
  label: string;
}) {
  const option = useCallback(
    ({ text, dim, line }: ChartColors) => {
      const axes = columns.map((column, dim) => {
        const values = runs.map((run) => cellOf(run, column));
        const numbers = values.every(
          (value) => value === undefined || typeof value === "number" || !Number.isNaN(Number(value)),
        );
        return {
          dim,
          name: splitColumn(column).name,
          ...(numbers
            ? { type: "value", scale: true, axisLabel: { formatter: showCell } }
            : { type: "category", data: [...new Set(values.map((value) => showCell(value) || "–"))] }),
        };
      });
      const data = runs.map((run) =>
        columns.map((column, index) => {
          const value = cellOf(run, column);
          return axes[index]!.type === "value" ? (value === undefined ? "-" : Number(value)) : showCell(value) || "–";
        }),
      );
      const last = data
        .map((row) => row.at(-1))
        .filter((value): value is number => typeof value === "number" && Number.isFinite(value));
      return {
        parallel: {
          left: 40,
          right: 70,
          top: 40,
          bottom: 24,
          parallelAxisDefault: {
            nameTextStyle: { color: text, fontSize: 12 },
            axisLine: { lineStyle: { color: dim } },
            axisLabel: { color: dim },
            areaSelectStyle: { width: 16, borderColor: text, color: line, opacity: 0.5 },
          },
        },
        parallelAxis: axes,
        ...(last.length > 1 && {
          visualMap: {
            show: false,
            type: "continuous",
            min: Math.min(...last),
            max: Math.max(...last),
            dimension: columns.length - 1,
            inRange: { color: ["#0072b2", "#56b4e9", "#e69f00", "#d55e00"] },
          },
        }),
        series: [
          { type: "parallel", data, smooth: 0.15, lineStyle: { width: 2, opacity: 0.75 }, inactiveOpacity: 0.08 },
        ],
      };
    },
    [runs, columns],
  );
  return <ChartFrame option={option} label={label} heightPx={340} />;
}
