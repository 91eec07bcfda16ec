import type { CatalogueJson } from "@loam/server";
import { Button, Container, Group, Stack, Tabs, Text } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useCatalogues, useSampleCatalogue } from "../../api/catalogues.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import { AddCatalogueButton, CatalogueBar, MeaningNote } from "./catalogue-bar.tsx";
import { DescribePanel } from "./describe-panel.tsx";
import { ForYouPanel } from "./for-you-panel.tsx";
import styles from "./recommend.module.css";
import { type RecommendSearch, type RecommendTab, readRecommendSearch } from "./recommend-search.ts";

const route = getRouteApi("/recommend");
const MapPanel = lazy(() => import("./map-panel.tsx"));

export function RecommendPage() {
  const { t } = useI18n();
  return (
    <Container size="xl" py="xl">
      <PageHeader title={t.recommend.title} intro={t.recommend.intro} />
      <Catalogues />
    </Container>
  );
}

function Catalogues() {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const catalogues = useCatalogues();
  if (catalogues.status === "pending") return <ListSkeleton rows={3} height={140} />;
  if (catalogues.status === "error") return <InlineError error={catalogues.error} onRetry={catalogues.refetch} />;
  const choose = (catalogue: string | undefined) => void navigate({ search: { catalogue, tab: search.tab } });
  const chosen = catalogues.data.find(({ id }) => id === search.catalogue) ?? catalogues.data[0];
  if (!chosen) return <NoCatalogues onAdded={choose} />;
  return (
    <>
      <CatalogueBar catalogues={catalogues.data} chosen={chosen} onChoose={choose} />
      <MeaningNote catalogue={chosen} />
      <Panels key={chosen.id} catalogue={chosen} />
    </>
  );
}

function Panels({ catalogue }: { catalogue: CatalogueJson }) {
  const { t } = useI18n();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const tab: RecommendTab = search.tab ?? "describe";
  const change = (next: RecommendSearch) =>
    void navigate({ search: (old) => readRecommendSearch({ ...old, ...next }), resetScroll: false });
  return (
    <Tabs value={tab} onChange={(value) => change({ tab: value as RecommendTab })} keepMounted={false}>
      <Tabs.List mb="lg">
        {(["describe", "forYou", "map"] as const).map((name) => (
          <Tabs.Tab key={name} value={name}>
            {t.recommend.tabs[name]}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      <Tabs.Panel value="describe">
        <DescribePanel catalogue={catalogue} search={search} onChange={change} />
      </Tabs.Panel>
      <Tabs.Panel value="forYou">
        <ForYouPanel catalogue={catalogue} search={search} onChange={change} />
      </Tabs.Panel>
      <Tabs.Panel value="map">
        <Suspense fallback={<ListSkeleton rows={1} height={480} />}>
          <MapPanel catalogue={catalogue} search={search} onChange={change} />
        </Suspense>
      </Tabs.Panel>
    </Tabs>
  );
}

function NoCatalogues({ onAdded }: { onAdded: (id: string) => void }) {
  const { t } = useI18n();
  const sample = useSampleCatalogue();
  return (
    <EmptyState title={t.recommend.emptyTitle} body={t.recommend.emptyBody}>
      <Group mt="xs" justify="center">
        <AddCatalogueButton onAdded={onAdded} variant="filled" />
        <Button
          variant="default"
          loading={sample.isPending}
          onClick={() => sample.mutate(undefined, { onSuccess: ({ id }) => onAdded(id) })}
        >
          {t.recommend.sample}
        </Button>
      </Group>
      {sample.isError && <InlineError error={sample.error} />}
      <ol className={styles.steps}>
        {t.recommend.emptySteps.map(([name, body]) => (
          <li key={name} className="surface">
            <Stack gap={2} mt={6}>
              <Text fw={600}>{name}</Text>
              <Text size="sm" c="dimmed">
                {body}
              </Text>
            </Stack>
          </li>
        ))}
      </ol>
    </EmptyState>
  );
}
