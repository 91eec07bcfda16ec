import type { EvaluationComparisonJson, EvaluationJson } from "@loam/server";
import { Alert, Badge, Group, Select, Stack, Table, Text, Title, UnstyledButton } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useComparison, useEvaluation, useEvaluations } from "../../../api/evaluations.ts";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useI18n } from "../../../i18n/i18n.tsx";
import styles from "../evaluations.module.css";
import type { EvaluationSearch } from "../evaluations-search.ts";
import { metricName } from "../formula.ts";
import { showP, showSigned, showValue } from "../run-summary.ts";

interface CompareViewProps {
  run: EvaluationJson;
  search: EvaluationSearch;
  onChange(next: EvaluationSearch | Record<string, string | undefined>): void;
}

/** Two systems side by side, of this run or of another on the same rows. */
export function CompareView({ run, search, onChange }: CompareViewProps) {
  const { t, format } = useI18n();
  const words = t.measure.runs;
  const runs = useEvaluations();
  const otherId = search.with ?? run.id;
  const other = useEvaluation(otherId);
  const mine = run.systems.map(({ system }) => system);
  const theirs = other.data?.systems.map(({ system }) => system) ?? [];
  const left = mine.find((system) => system === search.left) ?? mine[0]!;
  const isSame = otherId === run.id;
  const right =
    theirs.find((system) => system === search.right) ??
    (isSame ? theirs.find((system) => system !== left) : (theirs.find((system) => system === left) ?? theirs[0]));
  return (
    <Stack>
      <Group gap="sm" align="flex-end">
        <Select
          label={words.left}
          allowDeselect={false}
          value={left}
          data={mine}
          onChange={(value) => onChange({ left: value ?? undefined })}
        />
        <Select
          label={words.right}
          allowDeselect={false}
          value={right ?? null}
          data={isSame ? theirs.filter((system) => system !== left) : theirs}
          onChange={(value) => onChange({ right: value ?? undefined })}
        />
        <Select
          label={words.otherRun}
          allowDeselect={false}
          w={300}
          maw="100%"
          value={otherId}
          onChange={(value) =>
            onChange({ with: value === run.id ? undefined : (value ?? undefined), right: undefined })
          }
          data={[
            { value: run.id, label: words.sameRun },
            ...(runs.data ?? [])
              .filter(({ id, state }) => id !== run.id && state === "finished")
              .map(({ id, name, startedAt }) => ({ value: id, label: `${name}, ${format.dateTime(startedAt)}` })),
          ]}
        />
      </Group>
      {right === undefined ? (
        other.status === "success" && <Text c="dimmed">{words.oneSystem}</Text>
      ) : (
        <Comparison
          run={run}
          request={{ left, right, ...(!isSame && { with: otherId }) }}
          search={search}
          onChange={onChange}
        />
      )}
    </Stack>
  );
}

function Comparison({
  run,
  request,
  search,
  onChange,
}: CompareViewProps & { request: { left: string; right: string; with?: string } }) {
  const { t } = useI18n();
  const words = t.measure.runs;
  const comparison = useComparison(run.id, request);
  if (comparison.status === "pending") return <ListSkeleton rows={3} height={60} />;
  if (comparison.status === "error") return <InlineError error={comparison.error} onRetry={comparison.refetch} />;
  const { metrics, sameDataset } = comparison.data;
  const chosen = metrics.find(({ metric }) => metric === search.metric) ?? metrics[0];
  return (
    <Stack>
      {!sameDataset && (
        <Alert color="clay" variant="light">
          {words.otherDataset}
        </Alert>
      )}
      <Table.ScrollContainer minWidth={680} className="surface">
        <Table verticalSpacing="sm">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t.measure.playground.metric}</Table.Th>
              <Table.Th className={styles.number}>{request.left}</Table.Th>
              <Table.Th className={styles.number}>{request.right}</Table.Th>
              <Table.Th className={styles.number}>{words.difference}</Table.Th>
              <Table.Th className={styles.number} title={words.pHelp}>
                {words.p}
              </Table.Th>
              <Table.Th miw={190}>{`${words.wins} · ${words.ties} · ${words.losses}`}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {metrics.map((one) => (
              <Table.Tr
                key={one.metric}
                bg={one === chosen ? "color-mix(in srgb, var(--mantine-color-moss-5) 12%, transparent)" : undefined}
              >
                <Table.Th scope="row" style={{ whiteSpace: "nowrap" }}>
                  <UnstyledButton
                    className={styles.name}
                    aria-pressed={one === chosen}
                    onClick={() => onChange({ metric: one.metric })}
                  >
                    {metricName(one.metric)}
                  </UnstyledButton>
                  {!one.sameSignature && (
                    <Text size="xs" c="clay">
                      {words.otherSignature}
                    </Text>
                  )}
                </Table.Th>
                <Table.Td className={styles.number}>{showValue(one.left)}</Table.Td>
                <Table.Td className={styles.number}>{showValue(one.right)}</Table.Td>
                <Table.Td className={styles.number}>
                  {showSigned(one.difference)}
                  <Text size="xs" c="dimmed">
                    {showSigned(one.interval.low)} … {showSigned(one.interval.high)}
                  </Text>
                </Table.Td>
                <Table.Td className={styles.number}>
                  {showP(one.bootstrapP)}{" "}
                  <Text span size="xs" c="dimmed">
                    ({showP(one.permutationP)})
                  </Text>
                  <div>
                    <Badge size="sm" tt="none" variant="light" color={one.bootstrapP < 0.05 ? "moss" : "gray"}>
                      {one.bootstrapP < 0.05 ? words.significant : words.notSignificant}
                    </Badge>
                  </div>
                </Table.Td>
                <Table.Td>
                  <Outcomes comparison={one} />
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Text size="xs" c="dimmed">
        {words.pHelp}
      </Text>
      {chosen && <ByRow run={run} comparison={chosen} names={[request.left, request.right]} />}
    </Stack>
  );
}

type MetricComparison = EvaluationComparisonJson["metrics"][number];

/** Won, tied and lost rows as one bar. */
function Outcomes({ comparison: { wins, ties, losses, rows } }: { comparison: MetricComparison }) {
  const parts = [
    ["win", wins],
    ["tie", ties],
    ["loss", losses],
  ] as const;
  return (
    <>
      <Text size="sm" className={styles.number} ta="left">
        {wins} · {ties} · {losses}
      </Text>
      <div className={styles.split} aria-hidden="true">
        {parts.map(([outcome, count]) => (
          <div key={outcome} data-outcome={outcome} style={{ width: `${(100 * count) / Math.max(1, rows)}%` }} />
        ))}
      </div>
    </>
  );
}

interface ByRowProps {
  run: EvaluationJson;
  comparison: MetricComparison;
  names: readonly [string, string];
}

function ByRow({ run, comparison: { metric, byRow }, names }: ByRowProps) {
  const { t } = useI18n();
  const words = t.measure.runs;
  return (
    <section>
      <Title order={2} size="h3" mb="sm">
        {words.byRow(metricName(metric))}
      </Title>
      <Table.ScrollContainer minWidth={300} mah={520} className="surface">
        <Table verticalSpacing={6} highlightOnHover>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{words.row}</Table.Th>
              <Table.Th className={styles.number}>{names[0]}</Table.Th>
              <Table.Th className={styles.number}>{names[1]}</Table.Th>
              <Table.Th className={styles.number}>{words.difference}</Table.Th>
              <Table.Th>{names[0]}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {byRow.map(({ row, left, right, outcome }) => (
              <Table.Tr key={row}>
                <Table.Td>
                  <Link
                    to="/evaluations/$id/rows/$row"
                    params={{ id: run.id, row }}
                    search={{ colour: metric }}
                    className={styles.name}
                  >
                    {row}
                  </Link>
                </Table.Td>
                <Table.Td className={styles.number}>{showValue(left)}</Table.Td>
                <Table.Td className={styles.number}>{showValue(right)}</Table.Td>
                <Table.Td className={styles.number}>{showSigned(left - right)}</Table.Td>
                <Table.Td className={styles.outcome} data-outcome={outcome}>
                  {words.outcome[outcome]}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </section>
  );
}
