import { Button, Container, Group, SegmentedControl, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { readTraces, useTraceEvents, useTraces } from "../../api/traces.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { SearchIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import { toDataset } from "./dataset.ts";
import { traceTexts } from "./texts.ts";
import { TraceTable } from "./trace-table.tsx";
import { TracesHeader } from "./traces-header.tsx";
import { readTracesSearch, type TracesSearch } from "./traces-search.ts";

const route = getRouteApi("/traces");
const DurationChart = lazy(() => import("./duration-chart.tsx"));

export function TracesPage() {
  return (
    <Container size="lg" py="xl">
      <TracesHeader />
      <Filter />
      <Traces />
    </Container>
  );
}

function Filter() {
  const { t } = useI18n();
  const texts = useTexts(traceTexts);
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
      <Select
        w={150}
        aria-label={texts.filters.kind}
        placeholder={texts.any}
        data={Object.entries(texts.kinds).map(([value, label]) => ({ value, label }))}
        value={search.kind ?? null}
        onChange={(kind) => change({ kind: kind ?? "" })}
        clearable
      />
      {(["model", "project", "tag"] as const).map((name) => (
        <TextInput
          key={name}
          w={130}
          aria-label={texts.filters[name]}
          placeholder={texts.filters[name]}
          defaultValue={search[name] ?? ""}
          onBlur={(event) => change({ [name]: event.currentTarget.value.trim() })}
          onKeyDown={(event) => event.key === "Enter" && change({ [name]: event.currentTarget.value.trim() })}
        />
      ))}
    </Group>
  );
}

function Traces() {
  const { t } = useI18n();
  const { q, status, ...filter } = route.useSearch();
  useTraceEvents(filter.project);
  const traces = useTraces({ query: q, status, ...filter });
  const [chosen, setChosen] = useState<readonly string[]>([]);
  if (traces.status === "pending") return <ListSkeleton rows={6} height={48} />;
  if (traces.status === "error") return <InlineError error={traces.error} onRetry={traces.refetch} />;
  const rows = traces.data.pages.flat();
  if (rows.length === 0)
    return q || status || Object.keys(filter).length > 0 ? (
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
      <DatasetBar ids={chosen} />
      <TraceTable traces={rows} chosen={chosen} onChoose={setChosen} />
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

/** The conversations of the chosen traces, as a file. */
function DatasetBar({ ids }: { ids: readonly string[] }) {
  const texts = useTexts(traceTexts);
  const save = useMutation({
    mutationFn: async () => {
      const text = toDataset(await readTraces(ids));
      if (text === "") return false;
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([text], { type: "application/jsonl" }));
      link.download = "traces.jsonl";
      link.click();
      URL.revokeObjectURL(link.href);
      return true;
    },
  });
  if (ids.length === 0) return null;
  return (
    <Group gap="sm">
      <Text size="sm" fw={600}>
        {texts.chosen(ids.length)}
      </Text>
      <Button size="compact-sm" loading={save.isPending} onClick={() => save.mutate()} title={texts.datasetHelp}>
        {texts.dataset}
      </Button>
      {save.data === false && (
        <Text size="sm" c="dimmed" role="status">
          {texts.datasetEmpty}
        </Text>
      )}
      {save.isError && <InlineError error={save.error} />}
    </Group>
  );
}
