import type { EvaluationSummaryJson } from "@loam/server";
import { Badge, Button, Container, Progress, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useEvaluations } from "../../api/evaluations.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { PlusIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./evaluations.module.css";
import { metricName } from "./formula.ts";
import { MeasureTabs } from "./measure-tabs.tsx";
import { bestOf, showValue } from "./run-summary.ts";

export function EvaluationsPage() {
  const { t } = useI18n();
  return (
    <Container size="lg" py="xl">
      <PageHeader title={t.measure.runs.title} intro={t.measure.runs.intro}>
        <Button leftSection={<PlusIcon />} renderRoot={(props) => <Link to="/evaluations/new" {...props} />}>
          {t.measure.runs.new}
        </Button>
      </PageHeader>
      <MeasureTabs />
      <Runs />
    </Container>
  );
}

function Runs() {
  const runs = useEvaluations();
  if (runs.status === "pending") return <ListSkeleton rows={5} height={52} />;
  if (runs.status === "error") return <InlineError error={runs.error} onRetry={runs.refetch} />;
  if (runs.data.length === 0) return <NoRunsYet />;
  return <RunTable runs={runs.data} />;
}

const exampleSpec = `name: headlines
dataset: { path: news.csv, columns: { references: headline, source: article } }
systems:
  - { name: lead, column: first_sentence }
  - { name: mini, model: "openai:gpt-5-mini", prompt: "Write a headline.\\n\\n{{article}}" }
metrics: [rouge1, rougeL, bertscore]

$ loam evaluate eval.yaml`;

function NoRunsYet() {
  const { t } = useI18n();
  return (
    <EmptyState title={t.measure.runs.emptyTitle} body={t.measure.runs.emptyBody}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <pre className={styles.code} tabIndex={0} style={{ maxWidth: "100%" }}>
        {exampleSpec}
      </pre>
      <Text c="dimmed">{t.measure.runs.emptyAfter}</Text>
    </EmptyState>
  );
}

function RunTable({ runs }: { runs: readonly EvaluationSummaryJson[] }) {
  const { t, format } = useI18n();
  const { columns } = t.measure.runs;
  return (
    <Table.ScrollContainer minWidth={300} className="surface">
      <Table verticalSpacing="sm" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{columns.run}</Table.Th>
            <Table.Th>{columns.when}</Table.Th>
            <Table.Th ta="right" visibleFrom="sm">
              {columns.rows}
            </Table.Th>
            <Table.Th visibleFrom="sm">{columns.systems}</Table.Th>
            <Table.Th>{columns.best}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {runs.map((run) => (
            <Table.Tr key={run.id}>
              <Table.Td>
                <Link to="/evaluations/$id" params={{ id: run.id }} className={styles.name}>
                  {run.name}
                </Link>{" "}
                {run.state !== "finished" && (
                  <Badge
                    size="sm"
                    variant="light"
                    tt="none"
                    color={run.state === "running" || run.state === "queued" ? "water" : "clay"}
                  >
                    {t.measure.runs.states[run.state]}
                  </Badge>
                )}
                <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>
                  {run.dataset.name.split("/").at(-1)}
                </Text>
              </Table.Td>
              <Table.Td>
                <time dateTime={run.startedAt} title={format.dateTime(run.startedAt)} style={{ whiteSpace: "nowrap" }}>
                  {format.ago(run.startedAt)}
                </time>
              </Table.Td>
              <Table.Td ta="right" visibleFrom="sm">
                {format.integer(run.dataset.rows)}
              </Table.Td>
              <Table.Td visibleFrom="sm">{run.systems.map(({ system }) => system).join(", ")}</Table.Td>
              <Table.Td>{run.state === "finished" ? <Best run={run} /> : <Progression run={run} />}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}

/** The best system by the first metric. */
function Best({ run }: { run: EvaluationSummaryJson }) {
  const best = bestOf(run);
  if (!best) return null;
  return (
    <Text size="sm" component="span">
      {metricName(best.metric)} <b style={{ fontVariantNumeric: "tabular-nums" }}>{showValue(best.value)}</b>
      <Text span c="dimmed" size="sm" display="block">
        {best.system}
      </Text>
    </Text>
  );
}

export function Progression({ run }: { run: Pick<EvaluationSummaryJson, "cells" | "cellsDone" | "state"> }) {
  const { t, format } = useI18n();
  const label = t.measure.runs.cells(format.integer(run.cellsDone), format.integer(run.cells));
  return (
    <div style={{ minWidth: 110 }}>
      <Progress
        value={(100 * run.cellsDone) / Math.max(1, run.cells)}
        color={run.state === "running" ? "water" : "clay"}
        aria-label={label}
        animated={run.state === "running"}
      />
      <Text size="xs" c="dimmed" mt={4}>
        {label}
      </Text>
    </div>
  );
}
