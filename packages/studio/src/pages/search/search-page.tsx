import { Chip, Container, Group, SegmentedControl, Select, Stack, Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useDocuments } from "../../api/documents.ts";
import { useSearch } from "../../api/search.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { LibraryTabs } from "../../components/library-tabs.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { SearchForm } from "../../components/search-form.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import { HitList } from "./hit-list.tsx";
import { readKinds, readSearchSearch, type SearchSearch } from "./search-search.ts";

const route = getRouteApi("/search");

export function SearchPage() {
  const { t } = useI18n();
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  return (
    <Container size="lg" py="xl">
      <PageHeader title={t.search.title} intro={t.search.intro} />
      <LibraryTabs />
      <SearchForm
        q={q}
        label={t.search.placeholder}
        placeholder={t.search.placeholder}
        submit={t.search.submit}
        onSearch={(q) => navigate({ search: (old) => readSearchSearch({ ...old, q }) })}
        mb="lg"
      >
        <Narrow />
      </SearchForm>
      <Results />
    </Container>
  );
}

function Narrow() {
  const { t } = useI18n();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const documents = useDocuments();
  const change = (next: SearchSearch) =>
    navigate({ search: (old) => readSearchSearch({ ...old, ...next }), replace: true });
  return (
    <Group gap="md">
      <SegmentedControl
        size="xs"
        aria-label={t.search.mode}
        value={search.mode ?? "hybrid"}
        onChange={(mode) => change({ mode: mode as SearchSearch["mode"] })}
        data={(["hybrid", "vector", "keyword"] as const).map((value) => ({
          value,
          label: t.search.modes[value],
        }))}
      />
      <Chip.Group multiple value={readKinds(search.kinds)} onChange={(kinds) => change({ kinds: kinds.join(",") })}>
        <Group gap={6} role="group" aria-label={t.search.kinds}>
          {(["text", "figure", "table"] as const).map((kind) => (
            <Chip key={kind} value={kind} size="xs">
              {t.search.kind[kind]}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <Select
        size="xs"
        aria-label={t.search.documents}
        placeholder={t.search.allDocuments}
        value={search.document ?? null}
        onChange={(document) => change({ document: document ?? "" })}
        data={(documents.data ?? []).map(({ id, title, name }) => ({ value: id, label: title || name }))}
        clearable
        searchable
        w={220}
      />
    </Group>
  );
}

function Results() {
  const { t, format } = useI18n();
  const { q = "", mode = "hybrid", kinds, document } = route.useSearch();
  const chosen = readKinds(kinds);
  const results = useSearch({
    query: q,
    mode,
    k: 20,
    ...(chosen.length > 0 ? { kinds: chosen } : {}),
    ...(document ? { documents: [document] } : {}),
  });
  if (q === "") return <EmptyState title={t.search.startTitle} body={t.search.start} />;
  if (results.status === "pending") return <ListSkeleton rows={5} height={110} />;
  if (results.status === "error") return <InlineError error={results.error} onRetry={results.refetch} />;
  const { hits, ms } = results.data;
  if (hits.length === 0) return <EmptyState title={t.search.noHitsTitle} body={t.search.noHits} />;
  return (
    <Stack style={{ opacity: results.isPlaceholderData ? 0.6 : 1 }}>
      <Text size="sm" c="dimmed" role="status">
        {t.search.hits(hits.length, format.duration(ms))}
      </Text>
      <HitList hits={hits} query={q} />
    </Stack>
  );
}
