import type { TraceSummaryJson } from "@loam/server";
import { Badge, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useI18n } from "../../i18n/i18n.tsx";
import styles from "./traces.module.css";

export function TraceTable({ traces }: { traces: readonly TraceSummaryJson[] }) {
  const { t, format } = useI18n();
  return (
    <Table.ScrollContainer minWidth={300} className="surface">
      <Table verticalSpacing="sm" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t.traces.columns.name}</Table.Th>
            <Table.Th>{t.traces.columns.when}</Table.Th>
            <Table.Th ta="right">{t.traces.columns.duration}</Table.Th>
            <Table.Th visibleFrom="sm">{t.traces.columns.models}</Table.Th>
            <Table.Th ta="right" visibleFrom="sm">
              {t.traces.columns.tokens}
            </Table.Th>
            <Table.Th ta="right">{t.traces.columns.cost}</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {traces.map((trace) => (
            <Table.Tr key={trace.id}>
              <Table.Td>
                <Link to="/traces/$id" params={{ id: trace.id }} className={styles.name}>
                  {trace.name}
                </Link>{" "}
                {trace.status === "error" && (
                  <Badge size="sm" color="clay" variant="light" tt="none">
                    {t.traces.status.error}
                  </Badge>
                )}
                <Text size="xs" c="dimmed">
                  {t.traces.spans(trace.spans)}
                </Text>
              </Table.Td>
              <Table.Td>
                <time dateTime={trace.startedAt} title={format.dateTime(trace.startedAt)} className={styles.when}>
                  {format.ago(trace.startedAt)}
                </time>
              </Table.Td>
              <Table.Td ta="right">{format.duration(trace.durationMs)}</Table.Td>
              <Table.Td className={styles.models} visibleFrom="sm">
                {trace.models.join(", ")}
              </Table.Td>
              <Table.Td ta="right" visibleFrom="sm">
                {trace.inputTokens + trace.outputTokens > 0 && format.integer(trace.inputTokens + trace.outputTokens)}
              </Table.Td>
              <Table.Td ta="right">{trace.costUsd !== null && format.cost(trace.costUsd)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  );
}
