import type { EvaluationJson } from "@loam/server";
import { Button, Group, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { Link } from "@tanstack/react-router";
import { useEvaluationRows } from "../../api/evaluations.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { SearchIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./evaluations.module.css";
import type { EvaluationSearch } from "./evaluations-search.ts";
import { metricName } from "./formula.ts";
import { showValue } from "./run-summary.ts";

interface RowsViewProps {
  run: EvaluationJson;
  search: EvaluationSearch;
  onChange(next: EvaluationSearch): void;
}

/** Every row with what each system made of it. */
export function RowsView({ run, search, onChange }: RowsViewProps) {
  const { t } = useI18n();
  const words = t.measure.runs;
  const look = useDebouncedCallback((q: string) => onChange({ q }), 250);
  return (
    <Stack>
      <Group gap="sm">
        <TextInput
          flex="1 1 220px"
          aria-label={words.search}
          placeholder={words.search}
          leftSection={<SearchIcon />}
          defaultValue={search.q ?? ""}
          onChange={(event) => look(event.currentTarget.value)}
        />
        <Select
          aria-label={words.sort}
          w={220}
          allowDeselect={false}
          value={search.sort ?? ""}
          onChange={(sort) => onChange({ sort: sort ?? "" })}
          data={[
            { value: "", label: words.sorts.dataset },
            ...run.metrics.flatMap((metric) => [
              { value: metric, label: words.sorts.lowest(metricName(metric)) },
              { value: `-${metric}`, label: words.sorts.highest(metricName(metric)) },
            ]),
          ]}
        />
      </Group>
      <Rows run={run} search={search} />
    </Stack>
  );
}

function Rows({ run, search: { q, sort } }: Pick<RowsViewProps, "run" | "search">) {
  const { t, format } = useI18n();
  const words = t.measure.runs;
  const rows = useEvaluationRows(run.id, {
    query: q,
    ...(sort && { sort: sort.replace(/^-/, ""), order: sort.startsWith("-") ? "descending" : "ascending" }),
  });
  if (rows.status === "pending") return <ListSkeleton rows={6} height={70} />;
  if (rows.status === "error") return <InlineError error={rows.error} onRetry={rows.refetch} />;
  const all = rows.data.pages.flatMap((page) => page.rows);
  if (all.length === 0) return <EmptyState title={words.noRows} />;
  return (
    <>
      <Text size="sm" c="dimmed" role="status">
        {words.count(format.integer(rows.data.pages[0]!.total))}
      </Text>
      <Table.ScrollContainer minWidth={640} className="surface">
        <Table verticalSpacing="xs">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{words.row}</Table.Th>
              <Table.Th>{words.system}</Table.Th>
              {run.metrics.map((metric) => (
                <Table.Th key={metric} className={styles.number}>
                  {metricName(metric)}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          {all.map(({ row, input, systems }) => (
            <Table.Tbody key={row} className={styles.rowGroup}>
              {systems.map(({ system, prediction, failed, scores }, i) => (
                <Table.Tr key={system}>
                  {i === 0 && (
                    <Table.Th scope="rowgroup" rowSpan={systems.length} style={{ verticalAlign: "top", width: "30%" }}>
                      <Link to="/evaluations/$id/rows/$row" params={{ id: run.id, row }} className={styles.name}>
                        {row}
                      </Link>
                      <Text size="sm" c="dimmed" fw={400} className={styles.prediction}>
                        {input}
                      </Text>
                    </Table.Th>
                  )}
                  <Table.Td>
                    <Text size="xs" fw={600}>
                      {system}
                    </Text>
                    <Text className={styles.prediction} c={failed ? "clay" : undefined}>
                      {failed ? words.failed : prediction}
                    </Text>
                  </Table.Td>
                  {scores.map((score, m) => (
                    <Table.Td key={run.metrics[m]} className={styles.number}>
                      {showValue(score)}
                    </Table.Td>
                  ))}
                </Table.Tr>
              ))}
            </Table.Tbody>
          ))}
        </Table>
      </Table.ScrollContainer>
      {rows.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={rows.isFetchingNextPage} onClick={() => void rows.fetchNextPage()}>
            {words.more}
          </Button>
        </Group>
      )}
    </>
  );
}
