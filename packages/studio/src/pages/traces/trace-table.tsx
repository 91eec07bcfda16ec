import type { TraceSummaryJson } from "@loam/server";
import { Badge, Checkbox, Table, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import { traceTexts } from "./texts.ts";
import styles from "./traces.module.css";

export function TraceTable({
  traces,
  chosen,
  onChoose,
}: {
  traces: readonly TraceSummaryJson[];
  chosen: readonly string[];
  onChoose: (ids: readonly string[]) => void;
}) {
  const { t, format } = useI18n();
  const texts = useTexts(traceTexts);
  return (
    <Table.ScrollContainer minWidth={300} className="surface">
      <Table verticalSpacing="sm" highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Td w={30} pr={0} />
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
              <Table.Td pr={0}>
                <Checkbox
                  size="xs"
                  aria-label={texts.choose(trace.name)}
                  checked={chosen.includes(trace.id)}
                  onChange={() =>
                    onChoose(chosen.includes(trace.id) ? chosen.filter((id) => id !== trace.id) : [...chosen, trace.id])
                  }
                />
              </Table.Td>
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
