import type { EvaluationJson } from "@loam/server";
import { Stack, Table, Text, Title } from "@mantine/core";
import { useI18n } from "../../../i18n/i18n.tsx";
import styles from "../evaluations.module.css";
import { metricName } from "../formula.ts";
import { CostQualityPanel } from "../pareto/cost-quality-panel.tsx";
import { type MetricBars, type MetricResult, showValue, toMetricBars } from "../run-summary.ts";

/** Systems by metrics with their intervals; then each metric as bars and as the spread of the rows. */
export function SystemsView({ run }: { run: EvaluationJson }) {
  const { t } = useI18n();
  const words = t.measure.runs;
  const charts = toMetricBars(run.results);
  const signatures = [...new Set(run.results.flatMap(({ metrics }) => metrics.map(({ signature }) => signature)))];
  return (
    <Stack gap="lg">
      <Scores run={run} charts={charts} />
      <div className={styles.cards}>
        {charts.map((chart) => (
          <Chart key={chart.metric} chart={chart} />
        ))}
      </div>
      {run.results.length > 1 && <CostQualityPanel run={run} />}
      <details>
        <Text component="summary" size="sm" c="dimmed" style={{ cursor: "pointer" }}>
          {words.signatures}
        </Text>
        <ul style={{ margin: "6px 0 0", paddingLeft: 20 }}>
          {signatures.map((signature) => (
            <Text key={signature} component="li" size="sm" ff="monospace" style={{ overflowWrap: "anywhere" }}>
              {signature}
            </Text>
          ))}
        </ul>
      </details>
    </Stack>
  );
}

function Scores({ run, charts }: { run: EvaluationJson; charts: readonly MetricBars[] }) {
  const { t, format } = useI18n();
  const words = t.measure.runs;
  return (
    <Table.ScrollContainer minWidth={560} className="surface">
      <Table verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{words.system}</Table.Th>
            {charts.map(({ metric, direction }) => (
              <Table.Th key={metric} className={styles.number}>
                <MetricHeading metric={metric} direction={direction} />
              </Table.Th>
            ))}
            <Table.Th className={styles.number}>{words.failed}</Table.Th>
            <Table.Th className={styles.number}>{words.time}</Table.Th>
            <Table.Th className={styles.number}>{words.cost}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {run.results.map(({ system, metrics, failures, meanMs, costUsd, judgeCostUsd }, s) => (
            <Table.Tr key={system}>
              <Table.Th scope="row">{system}</Table.Th>
              {metrics.map((result, m) => (
                <Table.Td key={result.metric} className={styles.number}>
                  <Score result={result} isBest={charts[m]!.bars[s]!.isBest && run.results.length > 1} />
                </Table.Td>
              ))}
              <Table.Td className={styles.number} c={failures > 0 ? "clay" : undefined}>
                {failures > 0 ? `${failures} / ${run.dataset.rows}` : "0"}
              </Table.Td>
              <Table.Td className={styles.number}>{format.duration(meanMs)}</Table.Td>
              <Table.Td className={styles.number}>
                {costUsd === null || judgeCostUsd === null ? words.costUnknown : format.cost(costUsd + judgeCostUsd)}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

function MetricHeading({ metric, direction }: Pick<MetricBars, "metric" | "direction">) {
  const { t } = useI18n();
  return (
    <>
      {metricName(metric)}
      {direction === "lower" && (
        <>
          <span aria-hidden="true"> ↓</span>
          <span className="visually-hidden">, {t.measure.runs.lower}</span>
        </>
      )}
    </>
  );
}

function Score({ result, isBest }: { result: MetricResult; isBest: boolean }) {
  const { t } = useI18n();
  const { value, interval, failures, firstFailure, notes } = result;
  return (
    <>
      <Text span fw={isBest ? 700 : 400} size="sm">
        {showValue(value)}
      </Text>
      {interval && (
        <Text
          size="xs"
          c="dimmed"
          aria-label={t.measure.runs.interval(showValue(interval.low), showValue(interval.high))}
        >
          {showValue(interval.low)} – {showValue(interval.high)}
        </Text>
      )}
      {failures > 0 && (
        <Text size="xs" c="clay" title={firstFailure ?? undefined}>
          {t.measure.runs.unscored(failures)}
        </Text>
      )}
      {notes.map((note) => (
        <Text key={note} size="xs" c="dimmed" style={{ whiteSpace: "normal" }}>
          {note}
        </Text>
      ))}
    </>
  );
}

function Chart({ chart }: { chart: MetricBars }) {
  const { t } = useI18n();
  return (
    <section className={`surface ${styles.panel}`}>
      <Title order={2} size="h3" mb="sm">
        <MetricHeading metric={chart.metric} direction={chart.direction} />
      </Title>
      <div className={styles.bars}>
        {chart.bars.map(({ system, value, widthPercent, intervalPercent, isBest }) => (
          <div key={system} className={styles.bar}>
            <Text size="sm" truncate title={system}>
              {system}
            </Text>
            <div className={styles.barTrack} aria-hidden="true">
              <div className={styles.barFill} data-best={isBest || undefined} style={{ width: `${widthPercent}%` }} />
              {intervalPercent && (
                <div
                  className={styles.whiskers}
                  style={{
                    left: `${intervalPercent[0]}%`,
                    width: `max(2px, ${intervalPercent[1] - intervalPercent[0]}%)`,
                  }}
                />
              )}
            </div>
            <Text size="sm" className={styles.number} fw={isBest ? 700 : 400}>
              {showValue(value)}
            </Text>
          </div>
        ))}
      </div>
      <Text size="xs" c="dimmed" mt="md" mb={6} title={t.measure.runs.spreadHelp}>
        {t.measure.runs.spread}
        <span className="visually-hidden">. {t.measure.runs.spreadHelp}</span>
      </Text>
      <div className={styles.bars} aria-hidden="true">
        {chart.bars.map(({ system, spread }) => (
          <div key={system} className={styles.bar}>
            <Text size="xs" c="dimmed" truncate>
              {system}
            </Text>
            <div className={styles.track}>
              {spread && (
                <>
                  <div
                    className={styles.whisker}
                    style={{ left: `${spread[0]}%`, width: `${spread[4] - spread[0]}%` }}
                  />
                  <div
                    className={styles.box}
                    style={{ left: `${spread[1]}%`, width: `max(3px, ${spread[3] - spread[1]}%)` }}
                  />
                  <div className={styles.median} style={{ left: `calc(${spread[2]}% - 1px)` }} />
                </>
              )}
            </div>
            <span />
          </div>
        ))}
      </div>
    </section>
  );
}
