import { Button, Container, Group, Stack, TextInput } from "@mantine/core";
import { getRouteApi } from "@tanstack/react-router";
import { useDocuments } from "../../api/documents.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { SearchIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { LibraryTabs } from "../../components/library-tabs.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { useI18n } from "../../i18n/i18n.tsx";
import { DocumentList } from "./document-list.tsx";
import { filterRows, toDocumentRow } from "./document-row.ts";
import { DropArea } from "./drop-area.tsx";
import { Overview } from "./overview.tsx";
import { RefreshOffer } from "./refresh-offer.tsx";
import { SampleButton } from "./sample-button.tsx";

const route = getRouteApi("/library");

export function LibraryPage() {
  const { t } = useI18n();
  return (
    <Container size="lg" py="xl">
      <PageHeader title={t.library.title} intro={t.library.intro}>
        <SampleButton />
      </PageHeader>
      <LibraryTabs />
      <DropArea />
      <RefreshOffer />
      <Documents />
    </Container>
  );
}

function Documents() {
  const { t } = useI18n();
  const { q } = route.useSearch();
  const navigate = route.useNavigate();
  const documents = useDocuments();
  if (documents.status === "pending") return <ListSkeleton />;
  if (documents.status === "error") return <InlineError error={documents.error} onRetry={documents.refetch} />;
  if (documents.data.length === 0)
    return (
      <>
        <EmptyState title={t.library.emptyTitle} body={t.library.emptyBody} />
        <Overview />
      </>
    );
  const rows = filterRows(documents.data.map(toDocumentRow), q);
  const filter = (value: string) => navigate({ search: value === "" ? {} : { q: value }, replace: true });
  return (
    <Stack>
      {(documents.data.length > 5 || q !== undefined) && (
        <TextInput
          aria-label={t.library.filter}
          placeholder={t.library.filter}
          leftSection={<SearchIcon />}
          value={q ?? ""}
          onChange={(event) => filter(event.currentTarget.value)}
        />
      )}
      {rows.length === 0 ? (
        <EmptyState title={t.library.noMatch(q ?? "")}>
          <Group>
            <Button variant="default" onClick={() => filter("")}>
              {t.library.clearFilter}
            </Button>
          </Group>
        </EmptyState>
      ) : (
        <DocumentList rows={rows} />
      )}
    </Stack>
  );
}
