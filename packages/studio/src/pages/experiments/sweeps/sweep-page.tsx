import { Badge, Button, Container, Group, Skeleton, Stack, Text, Title } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { lazy, Suspense, useMemo } from "react";
import { type Sweep, useChangeSweep, useSweep } from "../../../api/experiments.ts";
import { BackIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import { colorOf } from "../charts/curves.ts";
import styles from "../experiments.module.css";
import { showCell } from "../table/cells.ts";
import { experimentTexts } from "../texts.ts";
import { sweepColors } from "./sweeps-page.tsx";

const MetricChart = lazy(() => import("../charts/metric-chart.tsx"));
const route = getRouteApi("/experiments/sweeps/$id");
const verbs = { running: ["pause", "stop"], paused: ["start", "stop"], finished: [], stopped: ["start"] } as const;

/** One search: how good it has become, and what was tried. */
export function SweepPage() {
  const { sweeps: texts } = useTexts(experimentTexts);
  const { id } = route.useParams();
  const sweep = useSweep(id);
  return (
    <Container size="xl" py="lg">
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        mb="sm"
        leftSection={<BackIcon />}
        renderRoot={(props) => <Link to="/experiments/sweeps" {...props} />}
      >
        {texts.back}
      </Button>
      {sweep.status === "pending" && <ListSkeleton rows={3} />}
      {sweep.status === "error" && <InlineError error={sweep.error} onRetry={sweep.refetch} />}
      {sweep.status === "success" && <SweepView sweep={sweep.data} />}
    </Container>
  );
}

function SweepView({ sweep }: { sweep: Sweep }) {
  const { format } = useI18n();
  const { sweeps: texts, charts } = useTexts(experimentTexts);
  const change = useChangeSweep(sweep.id);
  const metric = sweep.config.metric as { name: string; goal: "minimize" | "maximize" } | undefined;
  const isLow = metric?.goal !== "maximize";
  const curves = useMemo(() => {
    let best: number | undefined;
    const results = sweep.trials.flatMap(({ number, value }): [number, number][] =>
      value === null ? [] : [[number, value]],
    );
    const line = results.map(([number, value]): [number, number] => {
      best = best === undefined ? value : isLow ? Math.min(best, value) : Math.max(best, value);
      return [number, best];
    });
    return [{ name: texts.best, color: colorOf(0), line, raw: results, missing: [] }];
  }, [sweep.trials, isLow, texts]);
  const names = [...new Set(sweep.trials.flatMap(({ params }) => Object.keys(params)))];
  const runs = sweep.trials.map(({ run }) => run);
  return (
    <Stack>
      <Group justify="space-between">
        <div>
          <Group gap="sm">
            <Title order={1} size="h2">
              {sweep.name ?? sweep.id}
            </Title>
            <Badge variant="light" tt="none" color={sweepColors[sweep.state]}>
              {texts.states[sweep.state]}
            </Badge>
          </Group>
          <Text size="sm" c="dimmed">
            {[
              sweep.project,
              `${texts.method}: ${String(sweep.config.method ?? "")}`,
              metric && `${metric.name}, ${texts.goal[metric.goal]}`,
            ]
              .filter(Boolean)
              .join(" · ")}
          </Text>
        </div>
        <Group gap="xs">
          {runs.length > 1 && (
            <Button
              variant="light"
              renderRoot={(props) => (
                <Link to="/experiments/compare" search={{ runs: runs.slice(0, 50).join(",") }} {...props} />
              )}
            >
              {texts.compare}
            </Button>
          )}
          {verbs[sweep.state].map((verb) => (
            <Button key={verb} variant="default" loading={change.isPending} onClick={() => change.mutate(verb)}>
              {texts[verb]}
            </Button>
          ))}
        </Group>
      </Group>
      {change.isError && <InlineError error={change.error} />}
      {sweep.trials.length === 0 && <Text c="dimmed">{texts.noTrials}</Text>}
      {curves[0]!.line.length > 1 && (
        <section className={styles.chart}>
          <h2 className={styles.chartTitle}>{texts.progress}</h2>
          <Suspense fallback={<Skeleton height={220} />}>
            <MetricChart
              curves={curves}
              label={texts.progressLabel(metric?.name ?? "")}
              logX={false}
              logY={false}
              formatX={format.integer}
              missingName={charts.missing}
            />
          </Suspense>
        </section>
      )}
      {sweep.trials.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        <section className={styles.scroll} tabIndex={0} aria-label={texts.trials}>
          <table className={styles.table}>
            <thead>
              <tr>
                {[texts.trial, "", texts.value, ...names, texts.worker].map((name, index) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: parameters may be called like a column
                  <th key={index} scope="col">
                    {name || <span className="visually-hidden">{texts.trials}</span>}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {sweep.trials.map((trial) => (
                <tr key={trial.number} data-chosen={trial.number === sweep.best?.number || undefined}>
                  <th scope="row">
                    <Link to="/experiments/runs/$id" params={{ id: trial.run }} className={styles.link}>
                      {trial.number}
                    </Link>
                  </th>
                  <td>{texts.trialStates[trial.state]}</td>
                  <td>{showCell(trial.value ?? undefined)}</td>
                  {names.map((name) => (
                    <td key={name}>{showCell(trial.params[name] as string | number | undefined)}</td>
                  ))}
                  <td>{trial.worker ?? ""}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </Stack>
  );
}
