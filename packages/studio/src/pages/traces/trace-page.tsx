import type { TraceJson } from "@loam/server";
import { Badge, Button, Container, Group, SegmentedControl, Text, Title } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useTrace } from "../../api/traces.ts";
import { BackIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import { ChatView } from "./chat-view.tsx";
import { SpanDetails } from "./span-details.tsx";
import { SpanList } from "./span-list.tsx";
import { toSpanRows } from "./span-row.ts";
import { traceTexts } from "./texts.ts";
import styles from "./traces.module.css";
import { readTraceSearch } from "./traces-search.ts";

const route = getRouteApi("/traces/$id");

export function TracePage() {
  const { t } = useI18n();
  const { id } = route.useParams();
  const trace = useTrace(id);
  return (
    <Container size="xl" py="lg">
      <Button
        variant="subtle"
        color="gray"
        size="compact-sm"
        leftSection={<BackIcon />}
        renderRoot={(props) => <Link to="/traces" {...props} />}
        mb="sm"
      >
        {t.traces.back}
      </Button>
      {trace.status === "pending" && <ListSkeleton rows={6} height={36} />}
      {trace.status === "error" && <InlineError error={trace.error} onRetry={trace.refetch} />}
      {trace.status === "success" && <TraceView trace={trace.data} />}
    </Container>
  );
}

function TraceView({ trace }: { trace: TraceJson }) {
  const { t } = useI18n();
  const texts = useTexts(traceTexts);
  const { view = "tree", span } = route.useSearch();
  const navigate = route.useNavigate();
  const rows = toSpanRows(trace);
  const chosen = rows.find((row) => row.span.id === span) ?? rows[0];
  return (
    <>
      <Group justify="space-between" mb="md" align="flex-end">
        <Summary trace={trace} />
        <SegmentedControl
          aria-label={t.traces.view}
          value={view}
          onChange={(next) => navigate({ search: (old) => readTraceSearch({ ...old, view: next }), replace: true })}
          data={[
            { value: "tree", label: t.traces.tree },
            { value: "waterfall", label: t.traces.waterfall },
            { value: "chat", label: texts.chat },
          ]}
        />
      </Group>
      {view === "chat" ? (
        <ChatView trace={trace} />
      ) : (
        <div className={styles.split} data-view={view}>
          <SpanList
            rows={rows}
            view={view}
            chosen={chosen?.span.id}
            onChoose={(id) => navigate({ search: (old) => ({ ...old, span: id }), replace: true, resetScroll: false })}
          />
          {chosen && <SpanDetails key={chosen.span.id} trace={trace.id} span={chosen.span} />}
        </div>
      )}
    </>
  );
}

function Summary({ trace }: { trace: TraceJson }) {
  const { t, format } = useI18n();
  return (
    <div>
      <Group gap="sm">
        <Title order={1} size="h2">
          {trace.name}
        </Title>
        {trace.status === "error" && (
          <Badge color="clay" variant="light" tt="none">
            {t.traces.status.error}
          </Badge>
        )}
      </Group>
      <Text c="dimmed" size="sm">
        {[
          format.dateTime(trace.startedAt),
          format.duration(trace.durationMs),
          t.traces.spans(trace.spans),
          trace.inputTokens + trace.outputTokens > 0
            ? t.traces.tokensInOut(format.integer(trace.inputTokens), format.integer(trace.outputTokens))
            : undefined,
          trace.costUsd === null ? undefined : format.cost(trace.costUsd),
          trace.costUsd !== null && trace.unpricedCalls > 0 ? t.traces.unpriced(trace.unpricedCalls) : undefined,
        ]
          .filter(Boolean)
          .join(" · ")}
      </Text>
    </div>
  );
}
