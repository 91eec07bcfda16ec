import { Container, Group, MultiSelect, Pagination, SegmentedControl, Select, Text, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import { runsPerPage, useExperiments, useRunColumns, useRunPage } from "../../../api/experiments.ts";
import { EmptyState } from "../../../components/empty-state.tsx";
import { SearchIcon } from "../../../components/icons.tsx";
import { InlineError } from "../../../components/inline-error.tsx";
import { ListSkeleton } from "../../../components/list-skeleton.tsx";
import { useI18n, useTexts } from "../../../i18n/i18n.tsx";
import { ExperimentsHeader } from "../experiments-header.tsx";
import { type RunsSearch, readRunsSearch } from "../experiments-search.ts";
import { experimentTexts } from "../texts.ts";
import { BulkBar } from "./bulk-bar.tsx";
import { type Column, isColumn, toFilter } from "./cells.ts";
import { RunTable } from "./run-table.tsx";

const route = getRouteApi("/experiments");
/** Columns that are shown until some are chosen. */
const usualMetrics = 4;
const usualParams = 4;

/** All runs, as a table whose columns, order, filter and groups stand in the link. */
export function RunsPage() {
  return (
    <Container size={1680} py="xl">
      <ExperimentsHeader />
      <Runs />
    </Container>
  );
}

function Runs() {
  const { format } = useI18n();
  const texts = useTexts(experimentTexts);
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const change = (next: RunsSearch | Record<string, unknown>) =>
    navigate({ search: (old) => readRunsSearch({ ...old, page: undefined, ...next }), replace: true });
  const columns = useRunColumns(search.experiment);
  const runs = useRunPage({
    experiment: search.experiment,
    filter: toFilter(search.q ?? ""),
    order: search.order,
    show: search.show,
    page: search.page ?? 1,
  });
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const known: Column[] = columns.data
    ? (["metrics", "params", "tags"] as const).flatMap((kind) =>
        columns.data[kind].map(({ name }): Column => `${kind}.${name}`),
      )
    : [];
  const shown: Column[] = search.columns
    ? search.columns.split(",").filter(isColumn)
    : [
        ...known.filter((column) => column.startsWith("metrics.")).slice(0, usualMetrics),
        ...known.filter((column) => column.startsWith("params.")).slice(0, usualParams),
      ];
  const group = search.group && isColumn(search.group) ? search.group : undefined;
  const isFiltered = search.q !== undefined || search.show !== undefined || search.experiment !== undefined;
  return (
    <>
      <Filters search={search} known={known} shown={shown} onChange={change} />
      {runs.status === "pending" && <ListSkeleton rows={6} height={44} />}
      {runs.status === "error" && <InlineError error={runs.error} onRetry={runs.refetch} />}
      {runs.data &&
        (runs.data.runs.length === 0 ? (
          isFiltered ? (
            <EmptyState title={texts.table.noMatch} />
          ) : (
            <EmptyState title={texts.table.emptyTitle} body={texts.table.emptyBody} />
          )
        ) : (
          <>
            <Group justify="space-between" mih={40} mb={6}>
              <Text size="sm" c="dimmed" role="status">
                {texts.table.total(format.integer(runs.data.total))}
              </Text>
              <BulkBar
                ids={chosen.filter((id) => runs.data.runs.some((run) => run.id === id))}
                show={search.show}
                onDone={() => setChosen([])}
              />
            </Group>
            <RunTable
              runs={runs.data.runs}
              columns={shown}
              group={group}
              order={search.order}
              onOrder={(order) => change({ order })}
              chosen={chosen}
              onChoose={setChosen}
            />
            {runs.data.total > runsPerPage && (
              <Group justify="center" mt="md">
                <Pagination
                  total={Math.ceil(runs.data.total / runsPerPage)}
                  value={search.page ?? 1}
                  onChange={(page) => change({ page })}
                />
              </Group>
            )}
          </>
        ))}
    </>
  );
}

function Filters({
  search,
  known,
  shown,
  onChange,
}: {
  search: RunsSearch;
  known: readonly Column[];
  shown: readonly Column[];
  onChange: (next: Record<string, unknown>) => void;
}) {
  const texts = useTexts(experimentTexts);
  const experiments = useExperiments();
  const look = useDebouncedCallback((q: string) => onChange({ q }), 300);
  return (
    <Group gap="sm" mb="sm" align="flex-end">
      <Select
        aria-label={texts.table.experiment}
        placeholder={texts.table.all}
        data={(experiments.data ?? []).filter(({ runs }) => runs > 0).map(({ name }) => name)}
        value={search.experiment ?? null}
        onChange={(experiment) => onChange({ experiment: experiment ?? undefined, columns: undefined })}
        clearable
        searchable
        w={220}
      />
      <TextInput
        flex="1 1 280px"
        aria-label={texts.table.filter}
        placeholder={texts.table.filter}
        leftSection={<SearchIcon />}
        defaultValue={search.q ?? ""}
        onChange={(event) => look(event.currentTarget.value)}
      />
      <Select
        aria-label={texts.table.group}
        placeholder={texts.table.noGroup}
        data={known.filter((column) => !column.startsWith("metrics."))}
        value={search.group ?? null}
        onChange={(group) => onChange({ group: group ?? undefined })}
        clearable
        searchable
        w={180}
      />
      <SegmentedControl
        aria-label={texts.table.show}
        value={search.show ?? "usual"}
        onChange={(show) => onChange({ show })}
        data={(["usual", "archived", "deleted"] as const).map((value) => ({ value, label: texts.table.shown[value] }))}
      />
      <MultiSelect
        flex="1 1 100%"
        label={texts.table.columns}
        data={[...known]}
        value={[...shown]}
        onChange={(columns) => onChange({ columns: columns.join(",") })}
        searchable
        limit={100}
        size="xs"
      />
    </Group>
  );
}
