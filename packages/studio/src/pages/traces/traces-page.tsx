import { Button, Container, Group, SegmentedControl, Stack, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useTraces } from "../../api/traces.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { SearchIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import { TraceTable } from "./trace-table.tsx";
import { readTracesSearch, type TracesSearch } from "./traces-search.ts";

const route = getRouteApi("/traces");
const DurationChart = lazy(() => import("./duration-chart.tsx"));

export function TracesPage() {
  const { t } = useI18n();
  return (
    <Container size="lg" py="xl">
      <PageHeader title={t.traces.title} intro={t.traces.intro} />
      <Filter />
      <Traces />
    </Container>
  );
}

function Filter() {
  const { t } = useI18n();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: TracesSearch | Record<string, string>) =>
    navigate({ search: (old) => readTracesSearch({ ...old, ...next }), replace: true });
  const look = useDebouncedCallback((q: string) => void change({ q }), 250);
  return (
    <Group mb="md" gap="sm">
      <TextInput
        flex="1 1 240px"
        aria-label={t.traces.filter}
        placeholder={t.traces.filter}
        leftSection={<SearchIcon />}
        defaultValue={search.q ?? ""}
        onChange={(event) => look(event.currentTarget.value)}
      />
      <SegmentedControl
        value={search.status ?? "all"}
        onChange={(status) => change({ status })}
        data={(["all", "ok", "error"] as const).map((value) => ({ value, label: t.traces.status[value] }))}
      />
    </Group>
  );
}

function Traces() {
  const { t } = useI18n();
  const { q, status } = route.useSearch();
  const traces = useTraces({ query: q, status });
  if (traces.status === "pending") return <ListSkeleton rows={6} height={48} />;
  if (traces.status === "error") return <InlineError error={traces.error} onRetry={traces.refetch} />;
  const rows = traces.data.pages.flat();
  if (rows.length === 0)
    return q || status ? (
      <EmptyState title={t.traces.noMatch} />
    ) : (
      <EmptyState title={t.traces.emptyTitle} body={t.traces.empty} />
    );
  return (
    <Stack>
      {rows.length > 2 && (
        <Suspense fallback={<div style={{ height: 150 }} />}>
          <DurationChart traces={rows} />
        </Suspense>
      )}
      <TraceTable traces={rows} />
      {traces.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={traces.isFetchingNextPage} onClick={() => void traces.fetchNextPage()}>
            {t.traces.older}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
