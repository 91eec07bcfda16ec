import type { CatalogueJson } from "@loam/server";
import { Button, Group, Stack, Text } from "@mantine/core";
import { type RecommendRequest, useRecommendations } from "../../api/catalogues.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { BackIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { SearchForm } from "../../components/search-form.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import { BookCard } from "./book-card.tsx";
import { FilterBar } from "./filter-bar.tsx";
import styles from "./recommend.module.css";
import { type RecommendSearch, readList, readYears } from "./recommend-search.ts";

export interface PanelProps {
  catalogue: CatalogueJson;
  search: RecommendSearch;
  onChange: (next: RecommendSearch) => void;
}

/** Books that fit a description, or are like one book. */
export function DescribePanel({ catalogue, search, onChange }: PanelProps) {
  const { t } = useI18n();
  const ask = (q: string) => onChange({ q, like: "" });
  return (
    <Stack gap="lg">
      <SearchForm
        q={search.q}
        label={t.recommend.startTitle}
        placeholder={t.recommend.placeholder}
        submit={t.recommend.submit}
        onSearch={ask}
      >
        <FilterBar catalogue={catalogue.id} search={search} onChange={onChange} />
      </SearchForm>
      {search.q || search.like ? (
        <Results catalogue={catalogue} search={search} onChange={onChange} />
      ) : (
        <EmptyState title={t.recommend.startTitle} body={t.recommend.startBody}>
          <Group gap="xs" justify="center" mt="xs">
            <Text size="sm" c="dimmed">
              {t.recommend.examples}
            </Text>
            {t.recommend.exampleQueries.map((example) => (
              <Button key={example} size="compact-sm" variant="light" onClick={() => ask(example)}>
                {example}
              </Button>
            ))}
          </Group>
        </EmptyState>
      )}
    </Stack>
  );
}

/** What is asked of the server for a link. */
export function toRequest(search: RecommendSearch, kind: "asked" | "forYou"): RecommendRequest {
  const [languages, tags, years] = [readList(search.languages), readList(search.tags), readYears(search)];
  return {
    ...(kind === "asked" && search.like ? { similarTo: search.like } : {}),
    ...(kind === "asked" && !search.like && search.q ? { query: search.q } : {}),
    n: 12,
    diversity: Number(search.variety ?? 0),
    filters: {
      ...(languages.length > 0 ? { languages } : {}),
      ...(tags.length > 0 ? { tags } : {}),
      ...(years ? { years } : {}),
    },
  };
}

function Results({ catalogue, search, onChange }: PanelProps) {
  const { t } = useI18n();
  const results = useRecommendations(catalogue.id, toRequest(search, "asked"));
  return (
    <Stack gap="sm">
      {search.like && (
        <Group gap="sm">
          <Text fw={600}>{t.recommend.similarTo(search.likeTitle ?? search.like)}</Text>
          <Button
            size="compact-sm"
            variant="subtle"
            leftSection={<BackIcon />}
            onClick={() => onChange({ like: "", likeTitle: "" })}
          >
            {t.recommend.back}
          </Button>
        </Group>
      )}
      <BookList catalogue={catalogue} results={results} onChange={onChange} />
    </Stack>
  );
}

export function BookList({
  catalogue,
  results,
  onChange,
}: Omit<PanelProps, "search"> & { results: ReturnType<typeof useRecommendations> }) {
  const { t, format } = useI18n();
  if (results.status === "pending") return <ListSkeleton rows={4} height={160} />;
  if (results.status === "error") return <InlineError error={results.error} onRetry={results.refetch} />;
  const { recommendations, ms } = results.data;
  if (recommendations.length === 0) return <EmptyState title={t.recommend.none} />;
  return (
    <Stack gap="sm" style={{ opacity: results.isPlaceholderData ? 0.6 : 1 }}>
      <Text size="sm" c="dimmed" role="status">
        {t.recommend.found(recommendations.length, format.duration(ms))}
      </Text>
      <ul className={styles.cards}>
        {recommendations.map((recommendation) => (
          <BookCard
            key={recommendation.book.id}
            catalogue={catalogue.id}
            recommendation={recommendation}
            onSimilar={(like) => {
              onChange({ tab: "describe", like, likeTitle: recommendation.book.title });
              window.scrollTo({ top: 0, behavior: "smooth" });
            }}
          />
        ))}
      </ul>
    </Stack>
  );
}
