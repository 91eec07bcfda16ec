import type { SpanJson } from "@loam/server";
import { ActionIcon, Alert, Button, CopyButton, Group, Stack, Table, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { CopyIcon } from "../../components/icons.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import { toReplay } from "../chat/replay.ts";
import { SpanFeedback } from "./feedback/span-feedback.tsx";
import { toReadable } from "./span-row.ts";
import { traceTexts } from "./texts.ts";
import styles from "./traces.module.css";

/** What went into a step and what came out. */
export function SpanDetails({ trace, span }: { trace: string; span: SpanJson }) {
  const { t, format } = useI18n();
  const texts = useTexts(traceTexts);
  const facts: [string, string | undefined][] = [
    [t.traces.kind, span.kind],
    [t.traces.columns.duration, format.duration(span.durationMs)],
    [t.traces.model, span.model ?? undefined],
    [
      t.traces.columns.tokens,
      span.inputTokens === null && span.outputTokens === null
        ? undefined
        : t.traces.tokensInOut(format.integer(span.inputTokens ?? 0), format.integer(span.outputTokens ?? 0)),
    ],
    [t.traces.columns.cost, span.costUsd === null ? undefined : format.cost(span.costUsd)],
  ];
  const attributes = Object.entries(span.attributes);
  return (
    <section className={styles.details} aria-label={span.name}>
      <Title order={2} size="h3" style={{ overflowWrap: "anywhere" }}>
        {span.name}
      </Title>
      <Group gap="lg">
        {facts.map(
          ([name, value]) =>
            value !== undefined && (
              <div key={name}>
                <Text size="xs" c="dimmed">
                  {name}
                </Text>
                <Text size="sm">{value}</Text>
              </div>
            ),
        )}
      </Group>
      {span.model !== null && toReplay(span) && (
        <Group>
          <Button
            size="compact-sm"
            variant="light"
            title={texts.replayHelp}
            renderRoot={(props) => <Link to="/chat" search={{ trace, span: span.id }} {...props} />}
          >
            {texts.replay}
          </Button>
        </Group>
      )}
      <SpanFeedback key={span.id} span={span.id} />
      {span.status === "error" && (
        <Alert color="clay" variant="light" title={t.traces.error}>
          {span.statusMessage}
        </Alert>
      )}
      <Value title={t.traces.input} value={span.input} />
      <Value title={t.traces.output} value={span.output} />
      {span.events.length > 0 && (
        <Value
          title={t.traces.events}
          value={span.events.map(({ name, atMs, attributes: values }) => ({ name, atMs: Math.round(atMs), ...values }))}
        />
      )}
      {attributes.length > 0 && (
        <Stack gap={4}>
          <Text fw={600} size="sm">
            {t.traces.attributes}
          </Text>
          <Table.ScrollContainer minWidth={0}>
            <Table withRowBorders={false} verticalSpacing={2} horizontalSpacing={6} fz="xs">
              <Table.Tbody>
                {attributes.map(([name, value]) => (
                  <Table.Tr key={name}>
                    <Table.Td className={styles.attribute}>{name}</Table.Td>
                    <Table.Td className={styles.attributeValue}>{toReadable(value)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Table.ScrollContainer>
        </Stack>
      )}
    </section>
  );
}

function Value({ title, value }: { title: string; value: unknown }) {
  const { t } = useI18n();
  if (value === null || value === undefined) return null;
  const text = toReadable(value);
  return (
    <Stack gap={4}>
      <Group justify="space-between">
        <Text fw={600} size="sm">
          {title}
        </Text>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <ActionIcon
              variant="subtle"
              color="gray"
              size="sm"
              onClick={copy}
              aria-label={`${copied ? t.common.copied : t.common.copy}: ${title}`}
            >
              <CopyIcon />
            </ActionIcon>
          )}
        </CopyButton>
      </Group>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <pre className={styles.value} tabIndex={0}>
        {text}
      </pre>
    </Stack>
  );
}
