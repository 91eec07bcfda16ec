import type { SeriesJson } from "@loam/server";
import { Group, Skeleton, Switch, Text, Title } from "@mantine/core";
import { lazy, Suspense, useCallback, useMemo, useState } from "react";
import { useI18n } from "../../../i18n/i18n.tsx";
import { endsOf, lossCurves, overSteps } from "../curves.ts";
import { toLossText } from "../run-row.ts";
import styles from "../tune.module.css";

const CurveChart = lazy(() => import("../curve-chart.tsx"));

const small = [
  { key: "learning_rate", color: "--mantine-color-water-5" },
  { key: "grad_norm", color: "--mantine-color-water-5" },
  { key: "tokens_per_second", color: "--mantine-color-water-5" },
] as const;
/** Scores of generated answers, by the names of their metrics. */
const scores = ["eval/rouge1", "eval/rougeL"] as const;
/** From this many points on, the curve is drawn as its mean unless asked otherwise. */
const smoothFrom = 40;

/** The loss, and what goes with it. */
export function RunCurves({ series, isOpen }: { series: SeriesJson; isOpen: boolean }) {
  const { t, format } = useI18n();
  const [wanted, setWanted] = useState<boolean>();
  const [isLog, setIsLog] = useState(false);
  const points = series["train/loss"]?.length ?? 0;
  const smooth = wanted ?? points >= smoothFrom;
  const names = useMemo(() => ({ train: t.tune.run.trainLoss, eval: t.tune.run.evalLoss }), [t]);
  const curves = useMemo(() => lossCurves(series, { smooth, names }), [series, smooth, names]);
  const formatX = useCallback((step: number) => format.integer(step), [format]);
  const summary = useSummary(series);
  if (points === 0)
    return isOpen ? (
      <div className={styles.noCurve}>
        <Text c="dimmed">{t.tune.run.noPoints}</Text>
      </div>
    ) : null;
  return (
    <div className={styles.curves}>
      <section className={styles.curve} data-main>
        <Group justify="space-between" mb={6}>
          <Title order={2}>{t.tune.run.curves.loss}</Title>
          <Group gap="md">
            <Switch
              size="xs"
              label={t.tune.run.smooth}
              checked={smooth}
              onChange={(event) => setWanted(event.currentTarget.checked)}
            />
            <Switch
              size="xs"
              label={t.tune.run.logScale}
              checked={isLog}
              onChange={(event) => setIsLog(event.currentTarget.checked)}
            />
          </Group>
        </Group>
        <Suspense fallback={<Skeleton height={280} />}>
          <CurveChart
            curves={curves}
            label={summary("train/loss", t.tune.run.curves.loss)}
            heightPx={280}
            scale={isLog ? "log" : "value"}
            formatX={formatX}
            formatY={toLossText}
          />
        </Suspense>
      </section>
      {small
        .filter(({ key }) => series[`train/${key}`])
        .map(({ key, color }) => (
          <SmallCurve
            key={key}
            title={t.tune.run.curves[key]}
            label={summary(`train/${key}`, t.tune.run.curves[key])}
            points={series[`train/${key}`]!}
            color={color}
            formatX={formatX}
          />
        ))}
      {scores
        .filter((key) => series[key])
        .map((key) => (
          <SmallCurve
            key={key}
            title={t.tune.run.scores[key]}
            label={summary(key, t.tune.run.scores[key])}
            points={series[key]!}
            color="--mantine-color-clay-4"
            marked
            formatX={formatX}
          />
        ))}
    </div>
  );
}

function SmallCurve({
  title,
  label,
  points,
  color,
  marked = false,
  formatX,
}: {
  title: string;
  label: string;
  points: SeriesJson[string];
  color: string;
  /** Points far apart are seen by their marks. */
  marked?: boolean;
  formatX: (step: number) => string;
}) {
  const curves = useMemo(
    () => [{ name: title, points: overSteps(points), color, marked }],
    [title, points, color, marked],
  );
  const last = endsOf(points)?.last;
  return (
    <section className={styles.curve}>
      <Group justify="space-between" mb={4} wrap="nowrap">
        <Title order={3}>{title}</Title>
        <Text size="sm" className={styles.number}>
          {last === undefined ? "–" : shortNumber(last)}
        </Text>
      </Group>
      <Suspense fallback={<Skeleton height={120} />}>
        <CurveChart
          curves={curves}
          label={label}
          heightPx={120}
          scale="value"
          formatX={formatX}
          formatY={shortNumber}
        />
      </Suspense>
    </section>
  );
}

/** A curve in words. */
function useSummary(series: SeriesJson): (key: string, name: string) => string {
  const { t, format } = useI18n();
  return (key, name) => {
    const ends = endsOf(series[key]);
    if (!ends) return name;
    return t.tune.run.chartSummary(name, shortNumber(ends.first), shortNumber(ends.last), format.integer(ends.steps));
  };
}

/** Three digits that matter: 1234 → "1230", 0.00021 → "2.1e-4". */
function shortNumber(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 100) return value.toFixed(0);
  return size >= 0.01 ? String(Number(value.toPrecision(3))) : value.toExponential(1);
}
