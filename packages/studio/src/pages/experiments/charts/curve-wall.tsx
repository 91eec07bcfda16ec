import { Group, Select, Skeleton, Slider, Text, TextInput } from "@mantine/core";
import { lazy, Suspense, useMemo, useState } from "react";
import { type Run, type StoredCurve, useCurves } from "../../../api/experiments.ts";
import { InlineError } from "../../../components/inline-error.tsx";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import styles from "../experiments.module.css";
import type { CurveSearch } from "../experiments-search.ts";
import { type Column, cellOf, isColumn, showCell } from "../table/cells.ts";
import { experimentTexts } from "../texts.ts";
import { colorOf, type DrawnCurve, meanBand, type Smoothing, smooth, toPoints, type XAxis } from "./curves.ts";

const MetricChart = lazy(() => import("./metric-chart.tsx"));

/** Metrics that are drawn until others are looked for. */
const mostCharts = 24;

interface CurveWallProps {
  runs: readonly Run[];
  search: CurveSearch;
  onChange: (next: CurveSearch) => void;
  /** Parameters and tags by which runs may be averaged. */
  groups?: readonly Column[];
}

/** A chart for each metric of some runs, all drawn the same way. */
export function CurveWall({ runs, search, onChange, groups = [] }: CurveWallProps) {
  const { charts: texts } = useTexts(experimentTexts);
  const curves = useCurves(runs);
  const [wanted, setWanted] = useState("");
  if (curves.status === "pending") return <Skeleton height={220} />;
  if (curves.status === "error") return <InlineError error={curves.error} onRetry={curves.refetch} />;
  const keys = [...new Set(curves.data.map(({ key }) => key))].sort();
  if (keys.length === 0) return <Text c="dimmed">{texts.empty}</Text>;
  const shown = keys.filter((key) => key.toLowerCase().includes(wanted.trim().toLowerCase())).slice(0, mostCharts);
  return (
    <>
      <Controls search={search} onChange={onChange} groups={groups} />
      {keys.length > 6 && (
        <TextInput
          size="xs"
          mb="sm"
          maw={320}
          aria-label={texts.filter}
          placeholder={texts.filter}
          value={wanted}
          onChange={(event) => setWanted(event.currentTarget.value)}
        />
      )}
      <div className={styles.charts}>
        {shown.map((key) => (
          <OneMetric key={key} metric={key} stored={curves.data} runs={runs} search={search} />
        ))}
      </div>
    </>
  );
}

function OneMetric({
  metric,
  stored,
  runs,
  search,
}: {
  metric: string;
  stored: readonly StoredCurve[];
  runs: readonly Run[];
  search: CurveSearch;
}) {
  const { format } = useI18n();
  const { charts: texts } = useTexts(experimentTexts);
  const axis: XAxis = search.x ?? "step";
  const smoothing: Smoothing = useMemo(
    () =>
      search.smoothing
        ? { kind: search.smoothing, amount: search.amount ?? usualAmount[search.smoothing] }
        : { kind: "none" },
    [search.smoothing, search.amount],
  );
  const curves = useMemo(
    () => drawnCurves(stored, { metric, runs, axis, smoothing, group: search.group }),
    [stored, metric, runs, axis, smoothing, search.group],
  );
  const formatX = useMemo(
    () => (x: number) =>
      axis === "step"
        ? format.integer(x)
        : axis === "time"
          ? format.dateTime(new Date(x).toISOString())
          : format.duration(1000 * x),
    [axis, format],
  );
  return (
    <section className={styles.chart}>
      <h3 className={styles.chartTitle} title={metric}>
        {metric}
      </h3>
      <Suspense fallback={<Skeleton height={220} />}>
        <MetricChart
          curves={curves}
          label={texts.label(metric, curves.map(({ name }) => name).join(", "))}
          logX={search.log === "x" || search.log === "xy"}
          logY={search.log === "y" || search.log === "xy"}
          formatX={formatX}
          missingName={texts.missing}
        />
      </Suspense>
    </section>
  );
}

const usualAmount = { ema: 0.8, gaussian: 3 };

/** The curves of a metric: one for each run, or for each group of runs its mean with lowest and highest. */
function drawnCurves(
  stored: readonly StoredCurve[],
  {
    metric,
    runs,
    axis,
    smoothing,
    group,
  }: { metric: string; runs: readonly Run[]; axis: XAxis; smoothing: Smoothing; group: string | undefined },
): DrawnCurve[] {
  const found = runs.flatMap((run, index) => {
    const curve = stored.find(({ run: id, key }) => id === run.id && key === metric);
    return curve ? [{ run, index, ...toPoints(curve.points, axis) }] : [];
  });
  if (group && isColumn(group)) {
    const names = [...new Set(runs.map((run) => showCell(cellOf(run, group))))];
    return names.flatMap((name, index) => {
      const members = found.filter(({ run }) => showCell(cellOf(run, group)) === name);
      if (members.length === 0) return [];
      const { line, band } = meanBand(members.map((member) => smooth(member.line, smoothing)));
      return [
        { name: name || "–", color: colorOf(index), line, band, missing: members.flatMap(({ missing }) => missing) },
      ];
    });
  }
  return found.map(({ run, index, line, missing }) => ({
    name: run.name,
    color: colorOf(index),
    line: smooth(line, smoothing),
    ...(smoothing.kind !== "none" && { raw: line }),
    missing,
  }));
}

function Controls({
  search,
  onChange,
  groups,
}: Pick<CurveWallProps, "search" | "onChange"> & { groups: readonly Column[] }) {
  const { charts: texts } = useTexts(experimentTexts);
  const choices = <Name extends string>(names: Record<Name, string>) =>
    (Object.entries(names) as [Name, string][]).map(([value, label]) => ({ value, label }));
  return (
    <Group gap="sm" mb="sm" align="flex-end">
      <Select
        size="xs"
        w={110}
        label={texts.x}
        data={choices(texts.xs)}
        value={search.x ?? "step"}
        onChange={(x) => onChange({ x: x === "step" ? undefined : (x as XAxis) })}
        allowDeselect={false}
      />
      <Select
        size="xs"
        w={120}
        label={texts.smoothing}
        data={choices(texts.kinds)}
        value={search.smoothing ?? "none"}
        onChange={(kind) =>
          onChange({ smoothing: kind === "none" ? undefined : (kind as "ema" | "gaussian"), amount: undefined })
        }
        allowDeselect={false}
      />
      {search.smoothing && (
        <Slider
          w={130}
          mb={8}
          min={0}
          max={search.smoothing === "ema" ? 0.99 : 20}
          step={search.smoothing === "ema" ? 0.01 : 0.5}
          value={search.amount ?? usualAmount[search.smoothing]}
          onChange={(amount) => onChange({ amount })}
          label={null}
          thumbLabel={texts.amount}
        />
      )}
      <Select
        size="xs"
        w={120}
        label={texts.log}
        data={choices(texts.logs)}
        value={search.log ?? "none"}
        onChange={(log) => onChange({ log: log === "none" ? undefined : (log as "x" | "y" | "xy") })}
        allowDeselect={false}
      />
      {groups.length > 0 && (
        <Select
          size="xs"
          w={220}
          label={texts.group}
          placeholder={texts.noGroup}
          data={[...groups]}
          value={search.group ?? null}
          onChange={(group) => onChange({ group: group ?? undefined })}
          clearable
          searchable
        />
      )}
    </Group>
  );
}
