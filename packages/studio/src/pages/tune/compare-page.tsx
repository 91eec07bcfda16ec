import type { RunJson } from "@loam/server";
import { Button, Container, Group, MultiSelect, SegmentedControl, Skeleton, Stack, Table, Text } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useMemo } from "react";
import { useRuns, useSeries } from "../../api/tune.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { PlusIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import { overSteps, overTime, smoothed } from "./curves.ts";
import { methodName } from "./method-names.ts";
import { toCountText, toLossText, tookMs } from "./run-row.ts";
import styles from "./tune.module.css";
import { TuneHeader } from "./tune-header.tsx";
import type { CompareSearch } from "./tune-search.ts";

const route = getRouteApi("/tune/compare");
const CurveChart = lazy(() => import("./curve-chart.tsx"));

/** Told apart by lightness too; the first eight runs. */
const colors = ["#628643", "#d27d44", "#44889b", "#b8860b", "#8a5a83", "#84b8c6", "#9a9483", "#85421c"];
const mostRuns = colors.length;

export function ComparePage() {
  const { t } = useI18n();
  return (
    <Container size="lg" py="xl">
      <TuneHeader title={t.tune.compare.title} intro={t.tune.compare.intro} />
      <Compare />
    </Container>
  );
}

function Compare() {
  const { t } = useI18n();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const all = useRuns();
  if (all.status === "pending") return <ListSkeleton rows={3} height={100} />;
  if (all.status === "error") return <InlineError error={all.error} onRetry={all.refetch} />;
  const runs = all.data.filter(({ kind, startedAt }) => kind === "tune" && startedAt !== null);
  const ids = search.runs?.split(",") ?? [];
  const chosen = ids.flatMap((id) => runs.find((run) => run.id === id) ?? []);
  const change = (next: CompareSearch) => navigate({ search: { ...search, ...next }, replace: true });
  if (runs.length === 0)
    return (
      <EmptyState title={t.tune.runs.emptyTitle} body={t.tune.compare.emptyBody}>
        <Button mt="sm" leftSection={<PlusIcon />} renderRoot={(props) => <Link to="/tune/new" {...props} />}>
          {t.tune.newRun}
        </Button>
      </EmptyState>
    );
  return (
    <Stack gap="lg">
      <MultiSelect
        label={t.tune.compare.runs}
        placeholder={chosen.length === 0 ? t.tune.compare.placeholder : undefined}
        data={runs.map(({ id, name }) => ({ value: id, label: name }))}
        value={chosen.map(({ id }) => id)}
        maxValues={mostRuns}
        searchable
        hidePickedOptions
        onChange={(next) => change({ runs: next.join(",") || undefined })}
      />
      {chosen.length === 0 ? (
        <EmptyState title={t.tune.compare.emptyTitle} body={t.tune.compare.emptyBody} />
      ) : (
        <>
          <Overlay runs={chosen} search={search} onChange={change} />
          <Comparison runs={chosen} />
        </>
      )}
    </Stack>
  );
}

function Overlay({
  runs,
  search,
  onChange,
}: {
  runs: readonly RunJson[];
  search: CompareSearch;
  onChange: (next: CompareSearch) => void;
}) {
  const { t, format } = useI18n();
  const ids = useMemo(() => runs.map(({ id }) => id), [runs]);
  const series = useSeries(ids);
  const key = search.curve === "eval" ? "eval/loss" : "train/loss";
  const isTime = search.axis === "time";
  const curves = useMemo(
    () =>
      runs.map(({ id, name }, i) => {
        const points = series.data?.[id]?.[key] ?? [];
        const mean = key === "train/loss" && points.length > 40 ? smoothed(points) : overSteps(points);
        const placed = isTime ? overTime(points).map(([x], j): [number, number | null] => [x, mean[j]![1]]) : mean;
        return { name, points: placed, color: colors[i]!, marked: key === "eval/loss" };
      }),
    [runs, series.data, key, isTime],
  );
  const formatX = useCallback(
    (x: number) => (isTime ? format.duration(1000 * x) : format.integer(x)),
    [isTime, format],
  );
  const title = key === "eval/loss" ? t.tune.run.finalEval : t.tune.run.curves.loss;
  return (
    <section className={styles.curve} data-main>
      <Group justify="space-between" mb="sm">
        <SegmentedControl
          aria-label={t.tune.compare.curve}
          value={search.curve ?? "train"}
          onChange={(curve) => onChange({ curve: curve === "eval" ? "eval" : undefined })}
          data={[
            { value: "train", label: t.tune.compare.columns.trainLoss },
            { value: "eval", label: t.tune.compare.columns.evalLoss },
          ]}
        />
        <SegmentedControl
          aria-label={t.tune.compare.axis}
          value={search.axis ?? "step"}
          onChange={(axis) => onChange({ axis: axis === "time" ? "time" : undefined })}
          data={(["step", "time"] as const).map((value) => ({ value, label: t.tune.compare.axes[value] }))}
        />
      </Group>
      {series.status === "error" ? (
        <InlineError error={series.error} onRetry={series.refetch} />
      ) : (
        <Suspense fallback={<Skeleton height={320} />}>
          <CurveChart
            curves={curves}
            label={`${title}: ${runs.map(({ name }) => name).join(", ")}`}
            heightPx={320}
            scale="value"
            formatX={formatX}
            formatY={toLossText}
          />
        </Suspense>
      )}
    </section>
  );
}

function Comparison({ runs }: { runs: readonly RunJson[] }) {
  const { t, format } = useI18n();
  const trainLoss = ({ results, latest }: RunJson) => results.lastLoss ?? latest["train/loss"] ?? null;
  const evalLoss = ({ results, latest }: RunJson) => results.evalLoss ?? latest["eval/loss"] ?? null;
  const columns = [
    { key: "trainable", of: (run: RunJson) => run.results.trainableParameters ?? null, show: toCountText },
    { key: "trainLoss", of: trainLoss, show: toLossText },
    { key: "evalLoss", of: evalLoss, show: toLossText },
    { key: "time", of: (run: RunJson) => tookMs(run) || null, show: format.duration },
    { key: "memory", of: (run: RunJson) => run.results.peakMemoryBytes ?? null, show: format.bytes },
  ] as const;
  return (
    <Table.ScrollContainer minWidth={640} className="surface">
      <Table verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t.tune.compare.columns.run}</Table.Th>
            <Table.Th>{t.tune.compare.columns.method}</Table.Th>
            {columns.map(({ key }) => (
              <Table.Th key={key} ta="right">
                {t.tune.compare.columns[key]}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map((run, i) => (
            <Table.Tr key={run.id}>
              <Table.Td>
                <Group gap={8} wrap="nowrap">
                  <span className={styles.swatch} style={{ background: colors[i] }} aria-hidden="true" />
                  <Link to="/tune/runs/$id" params={{ id: run.id }} className={styles.runName}>
                    {run.name}
                  </Link>
                </Group>
              </Table.Td>
              <Table.Td>{methodName(run.method, run.quantize)}</Table.Td>
              {columns.map(({ key, of, show }) => {
                const value = of(run);
                const lowest =
                  runs.length > 1 && value !== null && runs.every((other) => (of(other) ?? value) >= value);
                return (
                  <Table.Td key={key} ta="right" className={styles.number} data-best={lowest || undefined}>
                    {value === null ? "–" : show(value)}
                    {lowest && (
                      <Text span className="visually-hidden">
                        {` (${t.tune.compare.best})`}
                      </Text>
                    )}
                  </Table.Td>
                );
              })}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
