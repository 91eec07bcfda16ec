import type { ExtractionJson } from "@loam/server";
import { ActionIcon, Button, Container, Group, Menu, Stack, Text, Title } from "@mantine/core";
import { getRouteApi, Link } from "@tanstack/react-router";
import { useDocuments } from "../../api/documents.ts";
import { extractionFileUrl, extractionFormats, useDeleteExtraction, useExtractions } from "../../api/extractions.ts";
import { isSettled, useWork } from "../../api/work.ts";
import { EmptyState } from "../../components/empty-state.tsx";
import { TrashIcon } from "../../components/icons.tsx";
import { InlineError } from "../../components/inline-error.tsx";
import { LibraryTabs } from "../../components/library-tabs.tsx";
import { ListSkeleton } from "../../components/list-skeleton.tsx";
import { PageHeader } from "../../components/page-header.tsx";
import { WorkProgress } from "../../components/work-progress.tsx";
import { useI18n, useTexts } from "../../i18n/i18n.tsx";
import styles from "./extractions.module.css";
import { NewExtraction } from "./new-extraction.tsx";
import { ReviewGrid } from "./review-grid.tsx";
import { extractionTexts } from "./texts.ts";

const route = getRouteApi("/extractions");

/** Fields of documents as rows: asked for, looked through, corrected, taken along. */
export function ExtractionsPage() {
  const texts = useTexts(extractionTexts);
  return (
    <Container size="xl" py="xl">
      <PageHeader title={texts.title} intro={texts.intro} />
      <LibraryTabs />
      <Content />
    </Container>
  );
}

function Content() {
  const { t } = useI18n();
  const texts = useTexts(extractionTexts);
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const documents = useDocuments();
  const extractions = useExtractions();
  if (documents.status === "pending" || extractions.status === "pending") return <ListSkeleton rows={3} height={90} />;
  if (documents.status === "error") return <InlineError error={documents.error} onRetry={documents.refetch} />;
  if (extractions.status === "error") return <InlineError error={extractions.error} onRetry={extractions.refetch} />;
  const ready = documents.data.filter(({ status }) => status === "ready");
  if (ready.length === 0 && extractions.data.length === 0)
    return (
      <EmptyState title={texts.noDocumentsTitle} body={texts.noDocumentsBody}>
        <Button variant="default" renderRoot={(props) => <Link to="/library" {...props} />}>
          {t.common.toLibrary}
        </Button>
      </EmptyState>
    );
  const chosen = extractions.data.find(({ id }) => id === search.id) ?? extractions.data[0];
  const open = (id: string) => void navigate({ search: { id }, resetScroll: false });
  return (
    <Stack gap="xl">
      <NewExtraction
        documents={ready.map(({ id, title, name }) => ({ value: id, label: title || name }))}
        onStarted={open}
      />
      {chosen ? (
        <>
          <Shown
            key={chosen.id}
            extraction={chosen}
            from={search.from ?? 0}
            onPage={(from) => void navigate({ search: { id: chosen.id, from }, resetScroll: false })}
          />
          <History extractions={extractions.data} chosen={chosen.id} onOpen={open} />
        </>
      ) : (
        <EmptyState title={texts.emptyTitle} body={texts.emptyBody} />
      )}
    </Stack>
  );
}

function Shown({
  extraction,
  from,
  onPage,
}: {
  extraction: ExtractionJson;
  from: number;
  onPage: (from: number) => void;
}) {
  const { format } = useI18n();
  const texts = useTexts(extractionTexts);
  const work = useWork();
  const { id, name, finished, rowCount, reviewedCount, documents } = extraction;
  const running = work.data?.find((one) => one.kind === "extract.kept" && one.name === name && !isSettled(one));
  const { done = extraction.documentsDone, total = documents.length } = running?.progress ?? {};
  return (
    <section aria-label={name}>
      <Group justify="space-between" mb="sm">
        <div>
          <Title order={2} size="h3">
            {name}
          </Title>
          <Text size="sm" c="dimmed">
            {texts.counts(format.integer(rowCount), format.integer(reviewedCount))}
          </Text>
        </div>
        <Menu position="bottom-end" withinPortal>
          <Menu.Target>
            <Button variant="default" size="compact-md" disabled={rowCount === 0}>
              {texts.download}
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            {extractionFormats.map((one) => (
              <Menu.Item key={one} component="a" href={extractionFileUrl(id, one)} download>
                {texts.formats[one]}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      </Group>
      {!finished && (
        <WorkProgress
          share={total ? done / total : undefined}
          isMoving={running?.status === "running"}
          label={texts.progress(done, total)}
        />
      )}
      {(finished || rowCount > 0) && <ReviewGrid extraction={extraction} from={from} onPage={onPage} />}
    </section>
  );
}

function History({
  extractions,
  chosen,
  onOpen,
}: {
  extractions: readonly ExtractionJson[];
  chosen: string;
  onOpen: (id: string) => void;
}) {
  const { format } = useI18n();
  const texts = useTexts(extractionTexts);
  const remove = useDeleteExtraction();
  return (
    <section aria-labelledby="extractions">
      <Title order={2} size="h3" id="extractions" mb={10}>
        {texts.kept}
      </Title>
      <ul className={styles.history}>
        {extractions.map(({ id, name, rowCount, reviewedCount, createdAt }) => (
          <li key={id} className="surface" data-chosen={id === chosen || undefined}>
            <button type="button" className={styles.open} aria-current={id === chosen} onClick={() => onOpen(id)}>
              <Text fw={600} truncate>
                {name}
              </Text>
              <Text size="xs" c="dimmed">
                {texts.counts(format.integer(rowCount), format.integer(reviewedCount))} · {format.ago(createdAt)}
              </Text>
            </button>
            <ActionIcon variant="subtle" color="gray" aria-label={texts.delete(name)} onClick={() => remove.mutate(id)}>
              <TrashIcon />
            </ActionIcon>
          </li>
        ))}
      </ul>
    </section>
  );
}
