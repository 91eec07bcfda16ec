import { Button, Container, Group, MultiSelect, Select, Skeleton, Stack, Switch, Text, Title } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { lazy, Suspense, useMemo, useState } from "react";
import { type Run, useExperimentRuns } from "../../../api/experiments.ts";
import { EmptyState } from "../../../components/empty-state.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useTexts } from "../../../i18n/i18n.tsx";
import styles from "../experiments.module.css";
import { ExperimentsHeader } from "../experiments-header.tsx";
import { readCurveSearch } from "../experiments-search.ts";
import { type Column, cellOf, showCell, splitColumn } from "../table/cells.ts";
import { experimentTexts } from "../texts.ts";
import { CurveWall } from "./curve-wall.tsx";
import { colorOf, paretoFront } from "./curves.ts";

const ParallelChart = lazy(() => import("./parallel-chart.tsx"));
const ScatterChart = lazy(() => import("./scatter-chart.tsx"));
const route = getRouteApi("/experiments/compare");
const mostRuns = 50;
const mostAxes = 10;

/** Several runs: over their parameters, against two numbers, curve by curve, and side by side. */
export function CompareRunsPage() {
  const { compare: texts } = useTexts(experimentTexts);
  const ids = (route.useSearch().runs ?? "").split(",").filter(Boolean).slice(0, mostRuns);
  const runs = useExperimentRuns(ids);
  return (
    <Container size={1680} py="xl">
      <ExperimentsHeader />
      {ids.length === 0 && (
        <EmptyState title={texts.pick}>
          <Button variant="default" mt="sm" renderRoot={(props) => <Link to="/experiments" {...props} />}>
            {texts.toRuns}
          </Button>
        </EmptyState>
      )}
      {ids.length > 0 && runs.status === "pending" && <ListSkeleton rows={3} height={160} />}
      {runs.status === "error" && <InlineError error={runs.error} onRetry={runs.refetch} />}
      {runs.data && <Comparison runs={runs.data} />}
    </Container>
  );
}

/** Parameters and results of which the runs do not all have the same; results last, so that they give the colour. */
function differing(runs: readonly Run[], kinds: readonly ("params" | "tags" | "metrics")[]): Column[] {
  const columns = kinds.flatMap((kind) =>
    [...new Set(runs.flatMap((run) => Object.keys(run[kind])))].sort().map((name): Column => `${kind}.${name}`),
  );
  return columns.filter((column) => new Set(runs.map((run) => cellOf(run, column))).size > 1);
}

function Comparison({ runs }: { runs: Run[] }) {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const groups = useMemo(() => differing(runs, ["params", "tags"]), [runs]);
  return (
    <Stack gap={36}>
      <ul className={styles.legend} style={{ listStyle: "none", margin: 0, padding: 0 }}>
        {runs.map((run, index) => (
          <li key={run.id}>
            <span className={styles.swatch} style={{ background: colorOf(index) }} />
            <Link to="/experiments/runs/$id" params={{ id: run.id }} className={styles.link}>
              {run.name}
            </Link>
          </li>
        ))}
      </ul>
      {runs.length > 1 && <ParallelSection runs={runs} />}
      {runs.length > 1 && <ScatterSection runs={runs} />}
      <CurveWall
        runs={runs}
        search={search}
        groups={groups}
        onChange={(next) =>
          navigate({ search: (old) => readCurveSearch({ ...old, ...next }), replace: true, resetScroll: false })
        }
      />
      <SideBySide runs={runs} />
    </Stack>
  );
}

function ParallelSection({ runs }: { runs: readonly Run[] }) {
  const { compare: texts } = useTexts(experimentTexts);
  const known = useMemo(() => differing(runs, ["params", "metrics"]), [runs]);
  const [chosen, setChosen] = useState<string[]>();
  const columns = useMemo(
    () =>
      (chosen as Column[] | undefined) ?? [
        ...known.filter((column) => column.startsWith("params.")).slice(0, mostAxes - 3),
        ...known.filter((column) => column.startsWith("metrics.")).slice(0, 3),
      ],
    [chosen, known],
  );
  return (
    <section>
      <Title order={2} size="h3">
        {texts.parallel}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {texts.parallelHelp}
      </Text>
      <MultiSelect
        size="xs"
        label={texts.axes}
        data={known}
        value={columns}
        onChange={setChosen}
        maxValues={mostAxes}
        searchable
        mb="xs"
      />
      {columns.length > 1 ? (
        <div className={styles.chart}>
          <Suspense fallback={<Skeleton height={340} />}>
            <ParallelChart
              runs={runs}
              columns={columns}
              label={texts.parallelLabel(runs.length, columns.map((column) => splitColumn(column).name).join(", "))}
            />
          </Suspense>
        </div>
      ) : (
        <Text c="dimmed">{texts.tooFew}</Text>
      )}
    </section>
  );
}

type Goal = "low" | "high";

function ScatterSection({ runs }: { runs: readonly Run[] }) {
  const { compare: texts } = useTexts(experimentTexts);
  const numbers = useMemo(
    () =>
      differing(runs, ["metrics", "params"]).filter(
        (column) => runs.filter((run) => Number.isFinite(numberOf(run, column))).length > 1,
      ),
    [runs],
  );
  const [x, setX] = useState<string>();
  const [y, setY] = useState<string>();
  const [goals, setGoals] = useState<{ x: Goal; y: Goal }>({ x: "low", y: "low" });
  const across = (x && numbers.includes(x as Column) ? x : (numbers[1] ?? numbers[0])) as Column | undefined;
  const up = (y && numbers.includes(y as Column) ? y : numbers[0]) as Column | undefined;
  const points = useMemo(
    () =>
      across && up
        ? runs
            .map((run) => ({ name: run.name, x: numberOf(run, across), y: numberOf(run, up) }))
            .filter((point) => Number.isFinite(point.x) && Number.isFinite(point.y))
        : [],
    [runs, across, up],
  );
  const front = useMemo(() => paretoFront(points, goals), [points, goals]);
  const axes = useMemo(
    () => ({ x: across ? splitColumn(across).name : "", y: up ? splitColumn(up).name : "" }),
    [across, up],
  );
  const goalData = (["low", "high"] as const).map((value) => ({ value, label: texts[value] }));
  return (
    <section>
      <Title order={2} size="h3">
        {texts.scatter}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {texts.scatterHelp}
      </Text>
      {points.length < 2 ? (
        <Text c="dimmed">{texts.tooFew}</Text>
      ) : (
        <>
          <Group gap="sm" mb="xs" align="flex-end">
            <Select
              size="xs"
              label={texts.x}
              data={numbers}
              value={across}
              onChange={(value) => setX(value ?? undefined)}
              allowDeselect={false}
              searchable
            />
            <Select
              size="xs"
              aria-label={`${texts.x}: ${texts[goals.x]}`}
              data={goalData}
              value={goals.x}
              onChange={(value) => setGoals((now) => ({ ...now, x: value as Goal }))}
              allowDeselect={false}
            />
            <Select
              size="xs"
              label={texts.y}
              data={numbers}
              value={up}
              onChange={(value) => setY(value ?? undefined)}
              allowDeselect={false}
              searchable
            />
            <Select
              size="xs"
              aria-label={`${texts.y}: ${texts[goals.y]}`}
              data={goalData}
              value={goals.y}
              onChange={(value) => setGoals((now) => ({ ...now, y: value as Goal }))}
              allowDeselect={false}
            />
          </Group>
          <div className={styles.chart}>
            <Suspense fallback={<Skeleton height={320} />}>
              <ScatterChart points={points} front={front} axes={axes} label={texts.scatterLabel(axes.x, axes.y)} />
            </Suspense>
          </div>
        </>
      )}
    </section>
  );
}

function numberOf(run: Run, column: Column): number {
  const value = cellOf(run, column);
  return value === undefined || value === "" ? Number.NaN : Number(value);
}

function SideBySide({ runs }: { runs: readonly Run[] }) {
  const { compare: texts } = useTexts(experimentTexts);
  const [onlyDiffering, setOnlyDiffering] = useState(true);
  const kinds = ["params", "metrics", "tags"] as const;
  const all = kinds.flatMap((kind) =>
    [...new Set(runs.flatMap((run) => Object.keys(run[kind])))].sort().map((name): Column => `${kind}.${name}`),
  );
  const shown = onlyDiffering ? differing(runs, kinds) : all;
  return (
    <section>
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h3">
          {texts.table}
        </Title>
        <Switch
          size="xs"
          label={texts.differs}
          checked={onlyDiffering}
          onChange={(event) => setOnlyDiffering(event.currentTarget.checked)}
        />
      </Group>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <div className={styles.scroll} tabIndex={0}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{texts.value}</th>
              {runs.map((run) => (
                <th key={run.id} scope="col">
                  {run.name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((column) => (
              <tr key={column}>
                <th scope="row">
                  <span className={styles.kind}>{splitColumn(column).kind} </span>
                  {splitColumn(column).name}
                </th>
                {runs.map((run) => (
                  <td key={run.id}>
                    <span className={styles.cell}>{showCell(cellOf(run, column))}</span>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
